-- MP3 used to be refused without being read.
UPDATE recordings SET read_problem = NULL WHERE content_type = 'audio/mpeg' AND read_bytes = 0;
