import { GENERATE_ANNOTATION } from '../../engine/review/decide/generate.ts';
import type { Decision } from '../../engine/review/evaluation/decision.ts';
import { ownerKindOf } from '../../engine/secret/owners.ts';
import type { Secret } from '../../engine/secret/secret.ts';
import type { Sensitive } from '../../engine/secret/sensitive.ts';
import type { ManifestSecret } from '../../manifest/object/manifest-secret.ts';
import type { ManifestFileContent } from '../../manifest/read/read.ts';
import { text as textReport } from '../../report/check/text.ts';
import type { CheckedSecret, CheckReport } from '../../report/check-report.ts';
import { printable, withoutCommands } from '../../report/printable.ts';
import type { PolicyClusterOptions } from '../cli/cluster-options.ts';
import { type DecodedManifest, decodeManifest, encodeManifest } from '../cli/file-encoding.ts';
import { coloured, type Shell } from '../cli/shell.ts';
import { writeFileAtomically } from '../cli/write-file-atomically.ts';
import type { ManifestContext } from '../manifests/cli-fix.ts';
import { printClusterChanges } from '../manifests/cluster-changes.ts';
import { evaluateManifest } from '../manifests/evaluate-manifest.ts';
import { exclusionOf } from '../manifests/exclude.ts';
import { contextOf, type ManifestOptions, readOptionsOf } from '../manifests/options.ts';
import type { PolicyEngine } from '../manifests/policy-engine.ts';
import { type EditableManifests, STDIN } from '../manifests/source.ts';
import { openEngine, withCurrentNamespace } from '../policy-sources/open-engine.ts';
import { maskedDiff } from './diff.ts';

export interface RenderOptions extends ManifestOptions, PolicyClusterOptions {
  readonly inPlace?: boolean;
  /** Print the difference without values, and no manifest. */
  readonly diff?: boolean;
  /** Print an ExternalSecret for a policy, and read no manifest. */
  readonly externalSecret?: boolean;
}

/**
 * Applies lockstep's own changes to the manifests at the paths. Resolves with the exit code. If a part can't be read,
 * it prints nothing and leaves that file unchanged.
 */
export async function render(
  paths: readonly string[],
  given: RenderOptions,
  manifests: EditableManifests,
  shell: Shell,
): Promise<number> {
  const options = await withCurrentNamespace(given, shell);
  const engine = await openEngine(options, shell);
  const { inPlace = false, diff = false } = options;
  const printed: string[] = [];
  const comparable: ManifestSecret[] = [];
  const report: CollectedReport = { secrets: [], objects: [], errors: [], hints: [] };
  const exclusion = exclusionOf(options.exclude ?? []);
  for await (const file of manifests.read(paths, readOptionsOf(options, exclusion))) {
    // An example is not validated, so it must not reach the cluster with the others. A pipe was not read.
    if (file.hints.some(({ kind }) => kind === 'example' || kind === 'special')) continue;
    const context = contextOf(file, options, engine);
    const corrected = file.secrets.map((manifest) => correctManifest(manifest, engine, context));
    report.secrets.push(...corrected.map(({ remaining: remains }) => remains));
    report.errors.push(...file.errors);
    if (diff) comparable.push(...file.secrets);
    if (file.errors.length > 0) continue;
    if (diff) printed.push(maskedDiff(file.file, corrected, coloured(shell.stdout, shell.env)));
    else if (inPlace && file.file !== STDIN) await rewriteFile(file, corrected, manifests, shell);
    else printed.push((await applyCorrections(file, corrected, manifests)).text);
  }
  if (diff) await printClusterChanges(comparable, engine, options, shell);
  for (const glob of exclusion.unmatchedGlobs())
    shell.stderr.write(`lockstep: --exclude ${printable(glob)} matched no file\n`);
  const texts = diff ? printed : joinDocuments(printed);
  if (report.errors.length === 0) for (const text of texts) shell.stdout.write(text);
  const exitCode = reportAndExitCode(report, shell);
  return exitCode === 0 && diff && printed.some((text) => text !== '') ? 1 : exitCode;
}

interface CollectedReport extends CheckReport {
  readonly secrets: CheckedSecret[];
  readonly errors: CheckReport['errors'][number][];
}

interface CorrectedManifest {
  readonly manifest: ManifestSecret;
  /** The changes that a manifest can hold. */
  readonly values: ReadonlyMap<string, Sensitive>;
  /** All changes, with the values that the cluster generates. */
  readonly changes: Decision['changes'];
  /** The findings that remain after the corrections. */
  readonly remaining: CheckedSecret;
}

function correctManifest(
  manifest: ManifestSecret,
  engine: PolicyEngine,
  context: ManifestContext,
): CorrectedManifest {
  const unsealed = isInputOfKubeseal(manifest.secret) ? withoutAnnotations(manifest, isSealedMark) : manifest;
  const decision = engine.decide(unsealed);
  const { changes: written } = isGenerated(decision)
    ? engine.decide(withoutAnnotations(unsealed, (name) => name === GENERATE_ANNOTATION))
    : decision;
  return {
    manifest,
    values: new Map(written.map(({ key, value }) => [key, value])),
    changes: decision.changes,
    remaining: evaluateManifest(manifest, { ...decision, changes: [] }, context),
  };
}

/** A value that each run generated again would rotate at each deployment. The cluster generates it once instead. */
const isGenerated = ({ changes }: Decision): boolean =>
  changes.some(({ reason }) => reason === 'required' || reason === 'empty');

/**
 * The annotations of Sealed Secrets in a manifest are options of kubeseal. The Secret of the cluster belongs to its
 * SealedSecret, and lockstep changes nothing in it.
 */
const isInputOfKubeseal = (secret: Secret): boolean =>
  secret.controller === undefined && ownerKindOf(secret)?.kind === 'sealed-secret';

const isSealedMark = (annotation: string): boolean => annotation.startsWith('sealedsecrets.bitnami.com/');

function withoutAnnotations(manifest: ManifestSecret, isLeftOut: (name: string) => boolean): ManifestSecret {
  const annotations = new Map([...manifest.secret.annotations].filter(([name]) => !isLeftOut(name)));
  return { ...manifest, secret: { ...manifest.secret, annotations } };
}

async function rewriteFile(
  file: ManifestFileContent,
  corrected: readonly CorrectedManifest[],
  manifests: EditableManifests,
  shell: Shell,
): Promise<void> {
  const keys = corrected.flatMap(({ values }) => [...values.keys()]);
  if (keys.length === 0) return;
  const { text, encoding } = await applyCorrections(file, corrected, manifests);
  await writeFileAtomically(file.file, encodeManifest(text, encoding));
  shell.stdout.write(
    withoutCommands(`${printable(file.file)}: ${keys.map(printable).join(', ')} corrected\n`),
  );
}

/** From the last Secret to the first, so that the positions of the remaining ones stay valid. */
async function applyCorrections(
  { file }: ManifestFileContent,
  corrected: readonly CorrectedManifest[],
  { bytesOf, edit }: EditableManifests,
): Promise<DecodedManifest> {
  const { text, encoding } = decodeManifest(await bytesOf(file));
  const toChange = corrected.filter(({ values }) => values.size > 0);
  return {
    text: toChange.reduceRight((before, { manifest, values }) => edit(before, manifest, values), text),
    encoding,
  };
}

/**
 * One file stays as it is. Several files become a stream of documents that begins with `---`. JSON among them is then
 * read as YAML.
 */
function joinDocuments(texts: readonly string[]): readonly string[] {
  if (texts.length <= 1) return texts;
  return texts
    .map((text) => text.replace(/^\ufeff/, ''))
    .map((text) => `${/^---\s/.test(text) ? '' : '---\n'}${text}${text.endsWith('\n') ? '' : '\n'}`);
}

function reportAndExitCode(report: CheckReport, { stderr, env }: Shell): number {
  const denied = report.secrets.some(({ verdict }) => verdict === 'deny');
  const hasReportable = report.secrets.some(({ findings }) =>
    findings.some(({ action }) => action !== 'Audit'),
  );
  if (hasReportable || report.errors.length > 0) {
    stderr.write(textReport(report, { colour: coloured(stderr, env), strict: false }));
  }
  return report.errors.length > 0 ? 2 : denied ? 1 : 0;
}
