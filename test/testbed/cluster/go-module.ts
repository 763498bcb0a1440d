import { execa } from 'execa';
import { goModuleFolder, type Program } from '../modules.ts';

/** The folder of the sources of a program: its CRDs come with them. `module` is the path as its go.mod here requires it. */
export async function sourcesOf(program: Program, module: string): Promise<string> {
  const { stdout } = await execa('go', ['list', '-m', '-f', '{{.Dir}}', module], {
    cwd: goModuleFolder(program),
    env: { GOWORK: 'off', GOFLAGS: '-mod=readonly' },
  });
  return stdout.trim();
}
