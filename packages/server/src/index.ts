export type { S3Bucket } from './artifacts/s3-bucket.ts'
export { type Server, type ServerOptions, startServer } from './server.ts'
