export type LogFields = Readonly<Record<string, unknown>>;

/**
 * The parts of an unknown error that are safe to output. Its message may quote a value; its class and its place in the
 * code can't.
 */
export function safeErrorFields(error: unknown): LogFields {
  if (!(error instanceof Error)) return { error: typeof error };
  const { stack = '', message } = error;
  const place = stack.slice(stack.indexOf(message) + message.length);
  const frames = place.split('\n').filter((line) => line.startsWith('    at '));
  const code = 'code' in error ? error.code : undefined;
  return { error: error.name, code, at: frames.slice(0, 8).map((line) => line.trim()) };
}
