/** The meaning of each exit code in every command. */
export const EXIT_CODE_MEANINGS = {
  0: 'It is done, and all is well.',
  1: 'Something is or would be refused, or not all is well.',
  2: 'The command could not run, or could not read or ask all that it needs.',
} as const;

export type ExitCode = keyof typeof EXIT_CODE_MEANINGS;
export type ExitCodes = { readonly [code in ExitCode]?: string };

/** The exit codes of each command, for its help, its man page and its reference. */
export const EXIT_CODES = {
  check: {
    0: 'clean',
    1: 'something would be refused (--fail-on)',
    2: 'not all could be read or tried',
  },
  render: {
    0: 'all is well now',
    1: 'something is refused, or differs (--diff)',
    2: 'not all could be read',
  },
  generate: { 0: 'printed', 1: 'a value would be refused', 2: 'it could not run' },
  explain: { 0: 'printed', 2: 'there is no such rule' },
  'policy list': { 0: 'printed', 2: 'something could not be read' },
  'policy show': { 0: 'printed', 2: 'there is no such policy, or something could not be read' },
  'policy floor': { 0: 'printed', 2: 'something could not be read, or the API server is too old' },
  'policy validate': { 0: 'all are valid', 1: 'some have faults', 2: 'something could not be read' },
  'policy test': { 0: 'all are as expected', 1: 'some are not', 2: 'something could not be read' },
  audit: { 0: 'none would be denied', 1: 'some would (--fail-on)', 2: 'not all could be read' },
  doctor: { 0: 'only warnings', 1: 'a fault', 2: 'not all is known' },
  connect: {
    0: 'complete',
    1: 'something is missing, or refused',
    2: 'no answer, or it could not run',
  },
  'find-value': { 0: 'not found', 1: 'found', 2: 'not all could be read, or rotated' },
  uses: { 0: 'printed', 2: 'not all could be read' },
  history: { 0: 'printed', 2: 'there is no record, or it could not be read' },
  heal: { 0: 'agrees', 1: 'left as it is or not rolled out', 2: 'could not begin' },
  rollback: { 0: 'done', 1: 'denied or not rolled out', 2: 'could not begin' },
  rotate: { 0: 'rotated', 1: 'stopped in the middle', 2: 'could not begin' },
  probe: { 0: 'the API server reaches lockstep', 1: 'it does not', 2: 'it could not be asked' },
  serve: { 0: 'stopped by a signal', 2: 'could not start' },
  controller: { 0: 'stopped by a signal', 2: 'could not start, or lost its Lease' },
  certs: { 0: 'done', 2: 'a part could not be done' },
  'init-db': { 0: 'continue', 1: 'refused, with what to do', 2: 'it could not run' },
  version: { 0: 'printed', 2: 'the cluster could not be asked' },
  completion: { 0: 'printed', 2: 'there is no such shell' },
} as const satisfies Readonly<Record<string, ExitCodes>>;

export type CommandName = keyof typeof EXIT_CODES;

/** `0 clean, 1 something would be refused, 2 something could not be read` */
export const exitCodeText = (name: CommandName): string =>
  Object.entries(EXIT_CODES[name])
    .map(([code, meaning]) => `${code} ${meaning}`)
    .join(', ');
