/** A metric as an expression names it. */
export interface MetricSelector {
  readonly metric: string;
  readonly matchers: readonly Matcher[];
}

export interface Matcher {
  readonly label: string;
  readonly operator: string;
  readonly value: string;
}

export interface ParsedExpression {
  readonly metrics: readonly MetricSelector[];
  /** Labels after `by`. */
  readonly grouped: readonly string[];
}

const WORDS = new Set(['and', 'or', 'unless', 'offset', 'bool', 'by', 'without']);

/**
 * The metrics and labels of a PromQL expression. This is enough of the grammar for our own rules, in which no
 * string has a brace, or a digit after a bracket. /
 */
export function readPromql(expr: string): ParsedExpression {
  const grouping = /\b(?:by|without)\s*\(([^)]*)\)/g;
  const grouped = [...expr.matchAll(grouping)].flatMap(([, labels = '']) => labels.split(/\s*,\s*/));
  const bare = expr.replaceAll(grouping, ' ').replaceAll(/\[[\d$][^\]]*\]/g, '');
  const metrics = [...bare.matchAll(/(?<![\w:$"])([a-zA-Z_:][\w:]*)(?![\w:])(?:\{([^}]*)\})?(?!\s*\()/g)]
    .filter(([, name = '']) => !WORDS.has(name))
    .map(([, metric = '', matchers = '']) => ({ metric, matchers: matchersOf(matchers) }));
  return { metrics, grouped };
}

const matchersOf = (text: string): readonly Matcher[] =>
  [...text.matchAll(/(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"/g)].map(
    ([, label = '', operator = '', value = '']) => ({ label, operator, value }),
  );

/** A label that is absent is as one that is empty. */
export function selects({ metric, matchers }: MetricSelector, sample: Sample): boolean {
  if (metric !== sample.metric) return false;
  return matchers.every(({ label, operator, value }) => {
    const found = sample.labels.get(label) ?? '';
    const fits = operator.endsWith('~') ? new RegExp(`^(?:${value})$`).test(found) : found === value;
    return operator.startsWith('!') ? !fits : fits;
  });
}

/** A line of a page in Prometheus' text format. */
export interface Sample {
  readonly metric: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
}

export function* samplesOf(text: string): Generator<Sample> {
  for (const line of text.split('\n')) {
    const [, metric, labels = '', value = ''] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/.exec(line) ?? [];
    if (metric === undefined) continue;
    const pairs = labels.matchAll(/(?:^|,)(\w+)="((?:[^"\\]|\\.)*)"/g);
    yield {
      metric,
      labels: new Map([...pairs].map(([, label = '', text = '']) => [label, text])),
      value: Number(value),
    };
  }
}

/** Names of the metrics on a page, each with the labels of its series. */
export function readScrape(text: string): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  for (const { metric, labels } of samplesOf(text)) {
    const known = found.get(metric) ?? new Set();
    for (const label of labels.keys()) known.add(label);
    found.set(metric, known);
  }
  return found;
}
