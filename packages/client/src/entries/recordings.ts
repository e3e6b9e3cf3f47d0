/** `@voxtrace/client/recordings`: sends the sound of a conversation beside its trace. */
export {
  attachRecording,
  type RecordingOptions,
  type RecordingOutcome,
  RecordingUpload,
} from '../recordings.ts'
