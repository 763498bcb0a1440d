import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '..', '..');

/** The fields of package.json that a release reads. */
export interface PackageManifest {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly homepage: string;
  readonly repository: { readonly type: string; readonly url: string };
  readonly bugs: string;
  readonly keywords: readonly string[];
  readonly type: string;
  readonly bin: Readonly<Record<string, string>>;
  readonly engines: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

export const PACKAGE: PackageManifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
export const VERSION = PACKAGE.version;
/** The Node of the image, of the tests and of the executables. */
export const NODE_VERSION = PACKAGE.devDependencies.node ?? '';
/** The one place that names the organisation is `repository` in package.json. */
export const REPOSITORY = PACKAGE.repository.url.replace(/^git\+/, '').replace(/\.git$/, '');
/** The files of a release, on GitHub. */
export const DOWNLOADS = `${REPOSITORY}/releases/download/v${VERSION}`;
