import { isSensitiveKey } from '../../secret/key-names/sensitive-keys.ts';

/** A value to search for, and its place in the report that names it. */
export interface ReportedValue {
  readonly text: string;
  /** `aws-access-token in deploy/app.env:12`. Foreign text. */
  readonly origin: string;
}

export interface LeakReport {
  /** Each value once. */
  readonly values: readonly ReportedValue[];
  /** The number of findings whose value the scanner has hidden. */
  readonly redacted: number;
}

/**
 * The values in a report, or the reason why there are none. gitleaks writes an array in JSON or SARIF, and TruffleHog
 * one JSON object in each line. The reason completes "the report …", and quotes nothing.
 */
export function parseLeakReport(text: string): LeakReport | string {
  const findings = findingsIn(text.replace(/^\ufeff/, '').trim());
  if (typeof findings === 'string') return findings;
  const values = new Map<string, ReportedValue>();
  let isKnownForm = false;
  let redacted = 0;
  for (const finding of findings) {
    const texts = textsOf(finding)?.map((one) => one.replace(/[\r\n]+$/, ''));
    if (texts === undefined) continue;
    isKnownForm = true;
    if (texts.every(isRedacted)) redacted += 1;
    for (const one of texts)
      if (!isRedacted(one) && !values.has(one)) values.set(one, { text: one, origin: originOf(finding) });
  }
  if (values.size > MAX_VALUES) return `names more than ${MAX_VALUES} values`;
  if (values.size > 0) return { values: [...values.values()], redacted };
  if (redacted > 0) return 'holds only hidden values: let the scanner write it without --redact';
  if (!isKnownForm && findings.length > 0)
    return 'is none of gitleaks or TruffleHog: no finding has the field Secret or Raw';
  return 'names no value';
}

const MAX_VALUES = 10_000;

function findingsIn(text: string): readonly Finding[] | string {
  const whole = parsed(text);
  if (whole !== undefined) {
    const list = Array.isArray(whole) ? whole : [whole];
    return list.filter(isFinding).flatMap((one) => sarifFindings(one) ?? one);
  }
  const findings: Finding[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const finding = parsed(line);
    if (finding === undefined) return index === 0 ? 'is not JSON' : `is not JSON in line ${index + 1}`;
    if (isFinding(finding)) findings.push(finding);
  }
  return findings;
}

type Finding = Readonly<Record<string, unknown>>;

const isFinding = (value: unknown): value is Finding =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

/** The findings of a SARIF log, as gitleaks writes them in JSON. Only gitleaks has the value alone as the snippet. */
function sarifFindings({ runs }: Finding): readonly Finding[] | undefined {
  if (!Array.isArray(runs)) return undefined;
  return runs.filter(isFinding).flatMap((run): readonly Finding[] => {
    const { results } = run;
    if (fieldAt(run, 'tool', 'driver', 'name') !== 'gitleaks' || !Array.isArray(results)) return [run];
    return results.map((result) => {
      const place = fieldAt(result, 'locations', '0', 'physicalLocation');
      return {
        RuleID: fieldAt(result, 'ruleId'),
        File: fieldAt(place, 'artifactLocation', 'uri'),
        StartLine: fieldAt(place, 'region', 'startLine'),
        Secret: fieldAt(place, 'region', 'snippet', 'text'),
      };
    });
  });
}

function fieldAt(value: unknown, ...path: readonly string[]): unknown {
  let field = value;
  for (const name of path)
    field =
      typeof field === 'object' && field !== null && Object.hasOwn(field, name)
        ? (field as Finding)[name]
        : undefined;
  return field;
}

/** The values of one finding. Undefined if it has none of the fields of a scanner. */
function textsOf({ Secret, Raw, RawV2, SecretParts }: Finding): readonly string[] | undefined {
  if (typeof Secret === 'string') return [Secret];
  if (typeof Raw !== 'string') return undefined;
  const parts = isFinding(SecretParts) ? Object.entries(SecretParts) : [];
  return [
    Raw,
    ...(typeof RawV2 === 'string' && RawV2 !== '' && RawV2 !== Raw ? [secretOf(Raw, RawV2)] : []),
    ...parts.flatMap(([name, part]) => (typeof part === 'string' && isSensitiveKey(name) ? [part] : [])),
  ];
}

/** TruffleHog writes an ID and its secret as one text, with the ID also on its own. */
const secretOf = (id: string, both: string): string =>
  both.startsWith(id) ? both.slice(id.length).replace(/^[:;,|\s]+/, '') : both;

/** `REDACTED`, `********`, or the first characters and `...`. */
const isRedacted = (text: string): boolean => /^(?:REDACT(?:ED)?|\*+)$|\*{4,}|\.\.\.$/.test(text);

function originOf(finding: Finding): string {
  const { RuleID, DetectorName, File, StartLine } = finding;
  const name = [RuleID, DetectorName].find((one) => typeof one === 'string') ?? 'a finding';
  if (typeof File === 'string' && File !== '') return `${name} in ${File}${lineText(StartLine)}`;
  const { file, line } = sourceOf(finding);
  return typeof file === 'string' ? `${name} in ${file}${lineText(line)}` : String(name);
}

const lineText = (line: unknown): string => (typeof line === 'number' ? `:${line}` : '');

/** `{"SourceMetadata":{"Data":{"Git":{"file":"app.env","line":3}}}}` */
function sourceOf(finding: Finding): Finding {
  const data = fieldAt(finding, 'SourceMetadata', 'Data');
  const source = isFinding(data) ? Object.values(data)[0] : undefined;
  return isFinding(source) ? source : {};
}
