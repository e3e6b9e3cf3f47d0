/**
 * Settings of the embedded PostgreSQL, for a machine that it shares with other work. Given on the command line, so
 * that they follow the program's version and not the day on which the database was made.
 */
export function serverSettings(port: number, socketDirectory: string): string[] {
  const settings: Record<string, string | number> = {
    listen_addresses: '127.0.0.1',
    port,
    // Local sockets spare every byte the way through the network stack; a path in them has at most 103 bytes.
    unix_socket_directories: hasLocalSockets(socketDirectory) ? socketDirectory : '',
    max_connections: 100,
    shared_buffers: '128MB',
    work_mem: '8MB',
    maintenance_work_mem: '64MB',
    // Parallel workers need /dev/shm, of which containers have 64 MB.
    max_parallel_workers_per_gather: 0,
    wal_level: 'minimal',
    max_wal_senders: 0,
    max_wal_size: '1GB',
    checkpoint_completion_target: 0.9,
    jit: 'off',
    fsync: 'on',
    synchronous_commit: 'on',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_checkpoints: 'off',
    log_min_messages: 'warning',
  }
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}

function hasLocalSockets(directory: string): boolean {
  return (
    process.platform !== 'win32' &&
    Buffer.byteLength(`${directory}/.s.PGSQL.65535`) <= 103 &&
    !/[,"]/.test(directory)
  )
}
