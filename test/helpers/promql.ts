/** A metric as an expression names it. */
export interface Named {
  readonly metric: string;
  readonly labels: readonly string[];
}

export interface Reading {
  readonly metrics: readonly Named[];
  /** Labels after `by`. */
  readonly grouped: readonly string[];
}

const WORDS = new Set(['and', 'or', 'unless', 'offset', 'bool', 'by', 'without']);

/** What a PromQL expression asks of a scrape: enough of the grammar for our own rules, in which no string holds a brace or a bracket of a range. */
export function readPromql(expr: string): Reading {
  const grouping = /\b(?:by|without)\s*\(([^)]*)\)/g;
  const grouped = [...expr.matchAll(grouping)].flatMap(([, labels = '']) => labels.split(/\s*,\s*/));
  const bare = expr.replaceAll(grouping, ' ').replaceAll(/\[[^\]]*\]/g, '');
  const metrics = [...bare.matchAll(/(?<![\w:$"])([a-zA-Z_:][\w:]*)(?![\w:])(?:\{([^}]*)\})?(?!\s*\()/g)]
    .filter(([, name = '']) => !WORDS.has(name))
    .map(([, metric = '', matchers = '']) => ({
      metric,
      labels: [...matchers.matchAll(/(\w+)\s*(?:=~|!~|!=|=)\s*"/g)].map(([, label = '']) => label),
    }));
  return { metrics, grouped };
}

/** A line of a page in Prometheus' text format. */
export interface Sample {
  readonly metric: string;
  readonly labels: ReadonlyMap<string, string>;
}

export function* samplesOf(text: string): Generator<Sample> {
  for (const line of text.split('\n')) {
    const [, metric, labels = ''] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? /.exec(line) ?? [];
    if (metric === undefined) continue;
    const pairs = labels.matchAll(/(?:^|,)(\w+)="((?:[^"\\]|\\.)*)"/g);
    yield { metric, labels: new Map([...pairs].map(([, label = '', value = '']) => [label, value])) };
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
