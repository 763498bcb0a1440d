import type { Manifest } from '../../test/helpers/cluster/kustomize.ts';
import { marks, when, yamlOf } from './template/marks.ts';
import { BY_CERT_MANAGER, conditionsOf, insertValues, type Overlays } from './template/objects.ts';

const HEAD = '# Written by `npm run docs` from manifests/base and overlays: change it there.\n';

/** The namespace of the release in the base. */
const NAMESPACE = 'lockstep-system';

/** All that the chart installs. */
export interface Installs extends Overlays {
  readonly base: readonly Manifest[];
  /** `manifests/monitoring`, which is not part of the base. */
  readonly monitoring: readonly Manifest[];
}

/** Paths inside the chart and their text. The Namespace is left out: Helm makes it, or somebody else has. */
export function chartFiles(installs: Installs): ReadonlyMap<string, string> {
  const { base, certManager, monitoring } = installs;
  const known = new Set(base.map(idOf));
  const own = [...base, ...monitoring]
    .filter(({ kind }) => kind !== 'Namespace')
    .map((each) => fileOf(each, installs));
  const further = certManager
    .filter((each) => !known.has(idOf(each)))
    .map((each): File => [pathOf(each), HEAD + when(BY_CERT_MANAGER, templateOf(each, installs))]);
  return new Map([...own, ...further]);
}

type File = readonly [path: string, text: string];

function fileOf(object: Manifest, installs: Installs): File {
  // Files in crds/ are no templates for Helm.
  if (object.kind === 'CustomResourceDefinition')
    return [`crds/${object.metadata.name}.yaml`, HEAD + yamlOf(object)];
  return [pathOf(object), HEAD + templateOf(object, installs)];
}

const idOf = ({ kind, metadata }: Manifest): string => `${kind} ${metadata.name}`;
const pathOf = ({ kind, metadata }: Manifest): string =>
  `templates/${kind.toLowerCase()}-${metadata.name}.yaml`;

function templateOf(object: Manifest, installs: Installs): string {
  const { mark, unmark } = marks();
  const marked = literal(object);
  insertValues(marked, mark, installs);
  const text = inRelease(unmark(yamlOf(marked)));
  return conditionsOf(object).reduce((lines, condition) => when(condition, lines), text);
}

/** Alerts and the dashboard hold templates of Prometheus and Grafana, which Helm must not render. */
const literal = (object: Manifest): Manifest =>
  JSON.parse(JSON.stringify(object), (_, value: unknown) =>
    typeof value === 'string' ? value.replaceAll('{{', '{{ `{{` }}') : value,
  );

/** Quoted where it is all of a value: a namespace may be called `123`. */
function inRelease(yaml: string): string {
  return yaml
    .replaceAll(new RegExp(`(: |- )${NAMESPACE}$`, 'gm'), '$1{{ .Release.Namespace | quote }}')
    .replaceAll(NAMESPACE, '{{ .Release.Namespace }}');
}
