import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The sources of the page. A release has the folder next to the program (scripts/build.ts).
 */
const read = (names: readonly string[]): string =>
  names.map((name) => readFileSync(join(import.meta.dirname, 'page', name), 'utf8')).join('');

export const PAGE = read(['page.html']);

export const STYLE = read([
  'colours.css',
  'layout.css',
  'overview.css',
  'tables.css',
  'findings.css',
  'print.css',
]);

/** The files share one scope, which nothing else sees. Functions are hoisted, and main.js calls them last. */
export const SCRIPT = `(() => {\n'use strict';\n${read([
  'elements.js',
  'report-data.js',
  'filter.js',
  'results.js',
  'address.js',
  'controls.js',
  'theme.js',
  'print.js',
  'main.js',
])}})();\n`;
