import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';

/**
 * Checks the layer rules, and proves that they can fail. dependency-cruiser passes without a message if it sees no
 * TypeScript file. So a copy of the tree first gets one breach of each kind, and all must be found.
 */
interface Breach {
  readonly rule: string;
  readonly file: string;
  readonly code: string;
  /** A rule on folders reports this instead of the file. */
  readonly folder?: string;
}

const BREACHES: readonly Breach[] = [
  { rule: 'engine-is-pure', file: 'src/engine/reads-files.ts', code: "import 'node:fs';" },
  { rule: 'engine-is-pure', file: 'src/engine/knows-others.ts', code: "import '../errors.ts';" },
  {
    rule: 'record-and-history-know-no-feature',
    file: 'src/engine/record/plans.ts',
    code: "import '../credential/change/phases.ts';",
  },
  {
    rule: 'record-and-history-know-no-feature',
    file: 'src/engine/history/heals.ts',
    code: "import type { Permissions } from '../permissions/permissions.ts';\nexport type Allowed = Permissions;",
  },
  { rule: 'no-sideways', file: 'src/admission/looks-aside.ts', code: "import '../tls/ca.ts';" },
  {
    rule: 'no-sideways',
    file: 'src/admission/asks-database.ts',
    code: "import '../postgres/protocol/login.ts';",
  },
  {
    rule: 'nobody-imports-commands-but-main',
    file: 'src/kube/looks-up.ts',
    code: "import '../commands/certs/certs.ts';",
  },
  {
    rule: 'commands-are-apart',
    file: 'src/commands/audit/heals.ts',
    code: "import '../heal/heal.ts';",
  },
  { rule: 'metrics-observe', file: 'src/metrics/asks.ts', code: "import '../kube/client/connect.ts';" },
  {
    rule: 'only-commands-import-metrics',
    file: 'src/controllers/queue/counts.ts',
    code: "import '../../metrics/admission.ts';",
  },
  {
    rule: 'no-circular-folders',
    file: 'src/engine/secret/decides.ts',
    code: "import '../decide/decide.ts';",
    folder: 'src/engine/secret',
  },
  { rule: 'yaml-only-in-manifest', file: 'src/admission/reads-yaml.ts', code: "import 'yaml';" },
  {
    rule: '@kubernetes/client-node-only-in-kube',
    file: 'src/tls/calls.ts',
    code: "import '@kubernetes/client-node';",
  },
];

const CONFIG = '.dependency-cruiser.cjs';

async function cruise(cwd: string) {
  return execa('depcruise', ['src', '--config', CONFIG, '--output-type', 'err'], {
    cwd,
    localDir: import.meta.dirname,
    preferLocal: true,
    reject: false,
    all: true,
  });
}

async function findsBreaches(root: string): Promise<void> {
  const copy = await mkdtemp(join(tmpdir(), 'lockstep-layers-'));
  try {
    for (const entry of ['src', 'package.json', 'tsconfig.json', CONFIG]) {
      await cp(join(root, entry), join(copy, entry), { recursive: true });
    }
    await symlink(join(root, 'node_modules'), join(copy, 'node_modules'));
    for (const { file, code } of BREACHES) {
      await mkdir(dirname(join(copy, file)), { recursive: true });
      await writeFile(join(copy, file), `${code}\n`);
    }
    const { all } = await cruise(copy);
    const missed = BREACHES.filter(({ rule, file, folder = file }) => !all.includes(`${rule}: ${folder}`));
    for (const { rule, file } of missed)
      throw new Error(`the layer check is blind: ${file} did not break ${rule}\n${all}`);
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

const root = dirname(import.meta.dirname);
await findsBreaches(root);
const { exitCode, all } = await cruise(root);
console.log(all.trim());
process.exitCode = exitCode ?? 1;
