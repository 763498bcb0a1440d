/** One line of the Prometheus text format. */
export interface Sample {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
}

const SAMPLE_LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;
const ESCAPES: Readonly<Record<string, string>> = { '\\n': '\n', '\\"': '"', '\\\\': '\\' };

/** Undefined for a comment, or for a line that is no sample. Never throws. */
export function parseSample(line: string): Sample | undefined {
  const [, name, labels = '', number] = SAMPLE_LINE.exec(line) ?? [];
  const value = Number(number);
  if (name === undefined || Number.isNaN(value)) return undefined;
  const pairs = [...labels.matchAll(LABEL)].map(
    ([, label = '', text = '']) =>
      [label, text.replaceAll(/\\./g, (escaped) => ESCAPES[escaped] ?? escaped)] as const,
  );
  return { name, labels: new Map(pairs), value };
}
