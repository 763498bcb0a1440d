import { createHash } from 'node:crypto';
import { type AuditHeader, type AuditReport, type AuditReporter, isReportable } from '../audit-report.ts';
import { PAGE, SCRIPT, STYLE } from './assets.ts';
import { findingsSection } from './findings-section.ts';
import { heatMap } from './heat-map.ts';
import { html, Markup } from './markup.ts';
import { overview } from './overview.ts';
import { notesSection, policiesSection, rulesSection } from './reference-sections.ts';
import { rowWriter } from './rows.ts';

/**
 * One file that a browser opens without a server. The rows are written while Secrets are read, as JSON that no browser
 * executes. Overview, heat map, policies and rules follow at the end, and are readable without a script.
 */
export function auditHtml(header: AuditHeader): AuditReporter {
  const rows = rowWriter();
  const [beforeRows = '', afterRows = ''] = PAGE.split('{{rows}}');
  let isBegun = false;
  const begin = (): string => {
    if (isBegun) return '';
    isBegun = true;
    return fill(beforeRows, {
      policy: html`${CONTENT_SECURITY_POLICY}`,
      title: html`Audit of Secrets, ${hostOf(header.cluster)}`,
      style: new Markup(STYLE),
    });
  };
  return {
    secret: (audited) => (isReportable(audited) ? `${begin()}${rows.secret(audited)}` : ''),
    finish: (report) => {
      const objects = report.isSummary ? [] : report.references.objects.map(rows.object);
      const rest = fill(afterRows, {
        texts: new Markup(rows.texts()),
        main: mainOf(header, report, rows.count() > 0),
        script: new Markup(SCRIPT),
      });
      return `${begin()}${objects.join('')}${rest}`;
    },
  };
}

const mainOf = (header: AuditHeader, report: AuditReport, hasRows: boolean): Markup =>
  html`${[
    overview(header, report),
    heatMap(report),
    findingsSection(report, hasRows),
    policiesSection(report),
    rulesSection(report),
    notesSection(report),
  ]}`;

/** A function as the replacement: a text may hold `$&`. */
const fill = (template: string, slots: Readonly<Record<string, Markup>>): string =>
  template.replace(/\{\{(\w+)\}\}/g, (_, slot) => String(slots[slot]));

const hostOf = (cluster: string): string => cluster.replace(/^https:\/\//, '');

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** The page runs its own script and style, and nothing else. No text becomes an element: the script makes them all. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  `script-src ${hashOf(SCRIPT)}`,
  `style-src ${hashOf(STYLE)}`,
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');
