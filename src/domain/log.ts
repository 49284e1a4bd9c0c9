/** What a log line says beside its message: names and numbers, never payloads. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Where rooms write what operators should know. `fields.err` takes an `Error`. */
export interface Logger {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}
