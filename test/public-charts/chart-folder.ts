import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { parse, stringify } from 'yaml';

/** A chart of a public repository, by names alone: test/data/charts/public.yaml. */
export interface PublicChart {
  readonly repository: string;
  readonly commit: string;
  /** The folder of the chart in its repository. */
  readonly path: string;
  readonly version: string;
  /** The charts of the same repository that this one includes. The others that it names are left out. */
  readonly includes?: readonly string[];
  /** The kinds that the test installs. Absent: Secrets and workloads. */
  readonly kinds?: readonly string[];
  /** Arguments of `--set`. `{role}` is the role of the namespace. */
  readonly set?: readonly string[];
  /** The Secret with the login of a PostgreSQL server, and its keys. */
  readonly login?: {
    readonly secret: string;
    readonly password: string;
    /** Without it there is no PostgresCredential, and the test logs in itself. */
    readonly user?: string;
    readonly database?: string;
  };
}

interface Dependency {
  readonly name: string;
}

/** Unpacks the chart from the clone of its repository in `clones`, which may be bare. Resolves with its folder. */
export async function unpackChart(chart: PublicChart, clones: string, target: string): Promise<string> {
  const folder = await unpackFolder(chart, chart.path, clones, target);
  const { version } = parse(readFileSync(join(folder, 'Chart.yaml'), 'utf8'));
  if (version !== chart.version) throw new Error(`${chart.path} has version ${version}`);
  const names: string[] = [];
  for (const path of chart.includes ?? []) {
    const included = await unpackFolder(chart, path, clones, join(folder, 'charts'));
    keepDependencies(included, []);
    names.push(parse(readFileSync(join(included, 'Chart.yaml'), 'utf8')).name);
  }
  keepDependencies(folder, names);
  return folder;
}

async function unpackFolder(
  { repository, commit }: PublicChart,
  path: string,
  clones: string,
  target: string,
): Promise<string> {
  const folder = join(target, path === '.' ? 'chart' : path.replaceAll('/', '-'));
  mkdirSync(folder, { recursive: true });
  const tree = path === '.' ? commit : `${commit}:${path}`;
  const archive = await execa('git', ['-C', join(clones, repository), 'archive', tree], {
    encoding: 'buffer',
  });
  await execa('tar', ['-x', '-C', folder], { input: archive.stdout });
  return folder;
}

/** Helm refuses a chart that names a chart which is not there, and leaves out one of another version. */
function keepDependencies(folder: string, names: readonly string[]): void {
  for (const file of ['Chart.yaml', 'requirements.yaml']) {
    const path = join(folder, file);
    const content = readIfThere(path);
    if (content?.dependencies === undefined) continue;
    const dependencies = content.dependencies
      .filter(({ name }: Dependency) => names.includes(name))
      .map((each: Dependency) => ({ ...each, version: '*', repository: '' }));
    writeFileSync(path, stringify({ ...content, dependencies }));
  }
}

function readIfThere(path: string) {
  try {
    return parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
