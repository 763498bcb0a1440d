import { GENERATE } from '../../engine/decide/mutate.ts';
import type { Decision } from '../../engine/evaluation/decision.ts';
import type { Sensitive } from '../../engine/secret/sensitive.ts';
import type { ManifestSecret } from '../../manifest/read/manifest-secret.ts';
import { text as textReport } from '../../report/check/text.ts';
import type { CheckedSecret, CheckReport } from '../../report/check-report.ts';
import { type DecodedManifest, decodeManifest, encodeManifest } from '../cli/file-encoding.ts';
import { coloured, type Shell } from '../cli/shell.ts';
import { replaceFile } from '../cli/write-file-atomically.ts';
import { judgeManifest } from '../manifests/evaluate-manifest.ts';
import type { ManifestOptions } from '../manifests/options.ts';
import { type ManifestEngine, openEngine } from '../manifests/policy-engine.ts';
import { type EditableManifests, type ManifestFile, STDIN } from '../manifests/source.ts';

export interface RenderOptions extends ManifestOptions {
  readonly inPlace?: boolean;
  /** Nothing is read: it is printed for a policy. */
  readonly externalSecret?: boolean;
}

/**
 * Applies lockstep's own changes to the manifests at the paths. Resolves with the exit code. Where something could not be read nothing is printed,
 * and the file that it stands in is not changed.
 */
export async function render(
  paths: readonly string[],
  options: RenderOptions,
  manifests: EditableManifests,
  shell: Shell,
): Promise<number> {
  const engine = await openEngine(options, shell);
  const { namespace, allowReferences = false, inPlace = false } = options;
  const printed: string[] = [];
  const report: Collected = { secrets: [], errors: [], hints: [] };
  for await (const file of manifests.read(paths, { namespace, allowReferences })) {
    const mended = file.secrets.map((manifest) => mend(manifest, engine));
    report.secrets.push(...mended.map(({ remains }) => remains));
    report.errors.push(...file.errors);
    if (file.errors.length > 0) continue;
    if (inPlace && file.file !== STDIN) await rewrite(file, mended, manifests, shell);
    else printed.push((await applied(file, mended, manifests)).text);
  }
  if (report.errors.length === 0) for (const text of joined(printed)) shell.stdout.write(text);
  return conclude(report, shell);
}

interface Collected extends CheckReport {
  readonly secrets: CheckedSecret[];
  readonly errors: CheckReport['errors'][number][];
}

interface Mended {
  readonly manifest: ManifestSecret;
  readonly changes: ReadonlyMap<string, Sensitive>;
  /** What is still to be said of it. */
  readonly remains: CheckedSecret;
}

function mend(manifest: ManifestSecret, engine: ManifestEngine): Mended {
  const decision = engine.decide(manifest);
  const { changes } = isInvented(decision) ? engine.decide(asIfGivenNothing(manifest)) : decision;
  return {
    manifest,
    changes: new Map(changes.map(({ key, value }) => [key, value])),
    remains: judgeManifest(manifest, { ...decision, changes: [] }),
  };
}

/** A value that is invented anew at each run would rotate at each deployment: that is left to the cluster, which does it once. */
const isInvented = ({ changes }: Decision): boolean =>
  changes.some(({ reason }) => reason === 'required' || reason === 'empty');

function asIfGivenNothing(manifest: ManifestSecret): ManifestSecret {
  const annotations = new Map(manifest.secret.annotations);
  annotations.delete(GENERATE);
  return { ...manifest, secret: { ...manifest.secret, annotations } };
}

async function rewrite(
  file: ManifestFile,
  mended: readonly Mended[],
  manifests: EditableManifests,
  shell: Shell,
): Promise<void> {
  const keys = mended.flatMap(({ changes }) => [...changes.keys()]);
  if (keys.length === 0) return;
  const { text, encoding } = await applied(file, mended, manifests);
  await replaceFile(file.file, encodeManifest(text, encoding));
  shell.stdout.write(`${file.file}: ${keys.join(', ')} put right\n`);
}

/** From the last Secret to the first: then the places of those that are still to come hold. */
async function applied(
  { file }: ManifestFile,
  mended: readonly Mended[],
  { bytesOf, edit }: EditableManifests,
): Promise<DecodedManifest> {
  const { text, encoding } = decodeManifest(await bytesOf(file));
  const toChange = mended.filter(({ changes }) => changes.size > 0);
  return {
    text: toChange.reduceRight((before, { manifest, changes }) => edit(before, manifest, changes), text),
    encoding,
  };
}

/** One file as it is. Several as one stream of documents, which begins with `---` so that JSON among them is read as the YAML that it is. */
function joined(texts: readonly string[]): readonly string[] {
  if (texts.length <= 1) return texts;
  return texts
    .map((text) => text.replace(/^\ufeff/, ''))
    .map((text) => `${/^---\s/.test(text) ? '' : '---\n'}${text}${text.endsWith('\n') ? '' : '\n'}`);
}

function conclude(report: CheckReport, { stderr, env }: Shell): number {
  const denied = report.secrets.some(({ verdict }) => verdict === 'deny');
  const told = report.secrets.some(({ findings }) => findings.some(({ action }) => action !== 'Audit'));
  if (told || report.errors.length > 0) {
    stderr.write(textReport(report, { colour: coloured(stderr, env), strict: false }));
  }
  return report.errors.length > 0 ? 2 : denied ? 1 : 0;
}
