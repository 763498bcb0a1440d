import { setFlagsFromString } from 'node:v8';
import { shellQuote } from '../../engine/diagnosis/secret-checks/commands.ts';
import { type Login, loginsOf } from '../../engine/login/in-secret/logins.ts';
import type { Policy } from '../../engine/policy/policy.ts';
import type { Decision } from '../../engine/review/evaluation/decision.ts';
import type { Evaluation } from '../../engine/review/evaluation/evaluation.ts';
import type { Secret } from '../../engine/secret/secret.ts';
import type { ManifestSecret } from '../../manifest/object/manifest-secret.ts';
import type { IgnoreComment } from '../../manifest/read/ignore-comments.ts';
import type { ManifestFileContent } from '../../manifest/read/read.ts';
import { loadReporter } from '../../report/check/formats.ts';
import type { Reporter } from '../../report/check/reporter.ts';
import { text } from '../../report/check/text.ts';
import type { CheckedSecret, CheckReport } from '../../report/check-report.ts';
import { checkFails, type FailOn } from '../../report/failure.ts';
import { withoutCommands } from '../../report/printable.ts';
import { namesCluster, type PolicyClusterOptions } from '../cli/cluster-options.ts';
import { inOwnWords } from '../cli/program-name.ts';
import { coloured, type Shell } from '../cli/shell.ts';
import { writeFileAtomically } from '../cli/write-file-atomically.ts';
import type { TryLogin } from '../login-attempts/attempts.ts';
import { printClusterChanges } from '../manifests/cluster-changes.ts';
import { evaluateManifest } from '../manifests/evaluate-manifest.ts';
import { exclusionOf } from '../manifests/exclude.ts';
import { contextOf, type ManifestOptions, readOptionsOf } from '../manifests/options.ts';
import type { PolicyEngine } from '../manifests/policy-engine.ts';
import type { ReadManifests } from '../manifests/source.ts';
import { openEngine, withCurrentNamespace } from '../policy-sources/open-engine.ts';
import { crossSecretCheck } from './cross-secret-check.ts';
import { duplicateNameCheck } from './duplicate-name-check.ts';
import { fluxVariableCheck } from './flux-variable-check.ts';
import { manifestLoginCheck } from './login-check.ts';
import { missingReferenceCheck } from './missing-reference-check.ts';
import { withoutRepetition } from './repeated-findings.ts';
import { rotatedKeyCheck } from './rotated-key-check.ts';
import { type AcceptOptions, acceptFindings, openBaseline, withoutBaseline } from './suppression/accept.ts';
import { runScope } from './suppression/baseline.ts';

export interface CheckOptions extends ManifestOptions, AcceptOptions, PolicyClusterOptions {
  readonly format: string;
  readonly output?: string;
  readonly failOn?: FailOn;
  /** The limit of one login, in milliseconds. */
  readonly connectTimeout?: number;
}

/**
 * Validates the Secrets at the paths and prints the report. With `tryLogin`, it also tries their logins. Resolves with
 * the exit code. Throws a LockstepError if it can't run.
 */
export async function check(
  paths: readonly string[],
  given: CheckOptions,
  read: ReadManifests,
  shell: Shell,
  tryLogin?: TryLogin,
): Promise<number> {
  const options = await withCurrentNamespace(given, shell);
  const baseline = openBaseline(options);
  const [print, engine] = await Promise.all([loadReporter(options.format), openEngine(options, shell)]);
  const manifests = withoutBaseline(paths, baseline);
  const comparable: ManifestSecret[] = [];
  const run = await evaluateAll(manifests, options, read, engine, tryLogin, (one) => comparable.push(one));
  await printClusterChanges(comparable, engine, options, shell);
  const scope = runScope(manifests, run.readFiles, tryLogin !== undefined);
  const { strict } = options;
  const { stderr } = shell;
  const accepted = await acceptFindings(run.report, run.comments, baseline, scope, { strict, stderr });
  const report = withoutRepetition(accepted);
  await writeReport(report, print, options, shell);
  return exitCodeOf(report, options);
}

interface CheckRun {
  readonly report: CheckReport;
  readonly comments: readonly IgnoreComment[];
  /** Files that were read without an error. */
  readonly readFiles: ReadonlySet<string>;
}

/**
 * From here on V8 compiles no function a third time, with its slowest compiler. For 500 Secrets that takes a sixth of
 * the CPU time, and for 3,000 Secrets a tenth. Its code is never fast enough to save as much.
 */
const MANY_SECRETS = 10;

async function evaluateAll(
  paths: readonly string[],
  options: CheckOptions,
  read: ReadManifests,
  engine: PolicyEngine,
  tryLogin: TryLogin | undefined,
  onManifest: (manifest: ManifestSecret) => void,
): Promise<CheckRun> {
  const { connectTimeout = 5000 } = options;
  const secrets: CheckedSecret[] = [];
  const errors: CheckReport['errors'][number][] = [];
  const hints: CheckReport['hints'][number][] = [];
  const comments: IgnoreComment[] = [];
  const readFiles = new Set<string>();
  let files = 0;
  const duplicateName = duplicateNameCheck();
  const crossSecret = crossSecretCheck();
  const fluxVariables = fluxVariableCheck();
  const rotatedKeys = rotatedKeyCheck(options.namespace);
  const references = missingReferenceCheck();
  const loginChecker = tryLogin && manifestLoginCheck(tryLogin, connectTimeout);
  const exclusion = exclusionOf(options.exclude ?? []);
  for await (const file of read(paths, { ...readOptionsOf(options, exclusion), ...OPTIONS })) {
    const context = contextOf(file, options, engine);
    for (const manifest of file.secrets) {
      if (namesCluster(options)) onManifest(manifest);
      let evaluation: Evaluation | undefined;
      const decision = engine.decide(manifest, (evaluated) => {
        evaluation = evaluated;
      });
      const logins = loginsIn(manifest, decision, engine.policies, evaluation);
      duplicateName.add(manifest);
      crossSecret.add(manifest, logins);
      loginChecker?.add(manifest, logins);
      references.addSecret(manifest, manifest.skipped === undefined ? keysOf(manifest, decision) : undefined);
      const checked = evaluateManifest(manifest, decision, context);
      fluxVariables.add(manifest, checked);
      rotatedKeys.add(manifest, evaluation);
      secrets.push(checked);
      if (secrets.length === MANY_SECRETS) setFlagsFromString('--no-opt');
    }
    references.addFile(file);
    fluxVariables.addFile(file);
    rotatedKeys.addFile(file);
    errors.push(...file.errors);
    hints.push(...file.hints);
    for (const comment of file.ignoreComments ?? []) comments.push(comment);
    if (file.errors.length === 0) readFiles.add(file.file);
    if (isLookedAt(file)) files += 1;
  }
  for (const glob of exclusion.unmatchedGlobs()) hints.push({ file: glob, kind: 'unmatched-exclude' });
  const missing = await references.result();
  hints.push(...missing.hints);
  const { objects } = missing;
  const withNotes = rotatedKeys.addFindings(fluxVariables.withNotes(secrets));
  const compared = crossSecret.addFindings(duplicateName.addFindings(withNotes));
  const checked = await loginChecker?.addFindings(compared);
  const secretsWithLogins = checked?.secrets ?? compared;
  const isEmpty = secrets.length === 0 && errors.length === 0;
  const leftOut = hints.filter(
    ({ file, kind, isUnread }) => isUnread || (files === 0 && LEFT_OUT.has(kind) && !paths.includes(file)),
  );
  const unread = isEmpty ? unreadErrors(leftOut) : [];
  const allErrors = [...errors, ...unread, ...(checked?.errors ?? [])];
  return {
    report: {
      secrets: secretsWithLogins,
      objects,
      errors: allErrors,
      hints,
      files,
    },
    comments,
    readFiles,
  };
}

/** A hint of this kind speaks of a file that only a tool can turn into manifests, or that was not read. */
const LEFT_OUT: ReadonlySet<CheckReport['hints'][number]['kind']> = new Set([
  'kustomization',
  'chart',
  'example',
  'special',
  'no-manifest',
]);

const isLookedAt = ({ file, hints, errors, secrets }: ManifestFileContent): boolean =>
  secrets.length > 0 ||
  (errors.length === 0 && !hints.some(({ kind }) => LEFT_OUT.has(kind)) && !OF_CHART.test(file));

/** Files of a chart that hold no object. */
const OF_CHART = /(?:^|[\\/])(?:Chart|Chart\.lock|values[\w.-]{0,60})\.ya?ml$/;

/** A run that read no Secret at all, although a file may hold one, has checked nothing. */
const unreadErrors = (hints: CheckReport['hints']): CheckReport['errors'] =>
  [...Map.groupBy(hints, ({ kind }) => kind).values()].flatMap((group) => {
    const hint = group.find(({ isUnread }) => isUnread) ?? group[0];
    return hint === undefined ? [] : { file: hint.file, line: undefined, message: unreadText(hint) };
  });

function unreadText({ kind, target = '', isUnread }: CheckReport['hints'][number]): string {
  switch (kind) {
    case 'chart':
      return `is a template of a chart, so no Secret was checked: helm template ${shellQuote(target)} | lockstep check -`;
    case 'kustomization':
      return `${isUnread ? 'makes a Secret' : 'is a kustomization'}, so no Secret was checked: kubectl kustomize ${shellQuote(target)} | lockstep check -`;
    case 'example':
      return 'is an example, so no Secret was checked: name the file itself, or give the manifests that are applied';
    case 'no-manifest':
      return 'is no valid YAML, so no Secret was checked: give the manifests that are applied';
    default:
      return 'is a pipe, a device or a socket, so no Secret was checked: give a file';
  }
}

const OPTIONS = { compilesOwnObjects: true, collectsReferences: true };

/** The keys that the Secret has once lockstep has changed it. */
const keysOf = ({ secret, faults }: ManifestSecret, { changes }: Decision): readonly string[] => [
  ...secret.data.keys(),
  ...(secret.undecoded ?? []),
  // The fault of the key is a finding already.
  ...faults.map(({ key }) => key),
  ...changes.map(({ key }) => key),
];

/**
 * The logins in one Secret of a manifest, as it will be stored. A part that is not validated has none, nor has a
 * placeholder.
 */
function loginsIn(
  manifest: ManifestSecret,
  decision: Decision,
  policies: readonly Policy[],
  evaluation: Evaluation | undefined,
): readonly Login[] {
  const isSkipped = manifest.skipped !== undefined || decision.skipped !== undefined;
  if (isSkipped) return [];
  const logins = loginsOf(withChanges(manifest.secret, decision), policies, evaluation);
  return logins.filter(({ key }) => !manifest.secret.undecoded?.has(key));
}

function withChanges(secret: Secret, { changes }: Decision): Secret {
  if (changes.length === 0) return secret;
  return {
    ...secret,
    data: new Map([...secret.data, ...changes.map(({ key, value }) => [key, value] as const)]),
  };
}

/** With `--output` the report goes to the file, and the terminal still shows the text. */
async function writeReport(
  report: CheckReport,
  print: Reporter,
  { format, output, strict = false, failOn }: CheckOptions,
  shell: Shell,
): Promise<void> {
  const { stdout } = shell;
  const colour = coloured(stdout, shell.env);
  if (output === undefined) {
    const printed = print(report, { colour, strict, failOn });
    // Only this format consists of commands of the runner.
    const inert = format === 'github' ? printed : withoutCommands(printed);
    stdout.write(format === 'text' ? inOwnWords(inert, shell) : inert);
    return;
  }
  await writeFileAtomically(output, print(report, { colour: false, strict, failOn }));
  stdout.write(inOwnWords(withoutCommands(text(report, { colour, strict, failOn })), shell));
}

function exitCodeOf(report: CheckReport, { strict = false, failOn }: CheckOptions): number {
  if (report.errors.length > 0) return 2;
  return checkFails(report, { strict, failOn }) ? 1 : 0;
}
