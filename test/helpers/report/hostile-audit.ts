import type { AuditResult } from '../../../src/engine/diagnosis/audit/audit.ts';
import type { AuditHeader, AuditReport } from '../../../src/report/audit/audit-report.ts';
import { aChange, aFinding, anAudited } from '../commands/audited.ts';
import { HEADER, POLICIES } from './audited-cluster.ts';

/** Texts that a format could take for its own syntax. No real name of Kubernetes holds them; a message may. */
export const HOSTILE_TEXTS = [
  '<script>globalThis.hacked = 1</script>',
  '</script><img src=x onerror="globalThis.hacked = 1">',
  '<!-- <script> -->',
  `"'\`><b>bold</b>`,
  'a\u202etxt.exe\u200f\u2066b',
  'two\nlines\r\nthree\u2028four',
  '=HYPERLINK("https://evil.example","click")',
  "+cmd|' /C calc'!A0",
  '-2+3',
  '@SUM(1+1)*cmd',
  '\t=1+1',
  '\uff1d1+1',
  '| cell | [link](https://evil.example) ![image](https://evil.example/x.png)',
  '**bold** _emphasis_ ~~struck~~ # heading @everyone #12 :smile: www.evil.example https://evil.example $x$',
  '``` code ` ticks ``',
  '\u0000\u0007\u001b[31m\ud800',
  '{{rows}} $& $1 ${x}',
] as const;

/** Each text in each place: namespace, name, key, message, fix, policy, owner, object, note and error. */
export function hostileAudit(): {
  readonly audited: readonly AuditResult[];
  readonly report: Partial<AuditReport>;
  readonly header: AuditHeader;
} {
  const texts = HOSTILE_TEXTS;
  const audited = texts.map((text): AuditResult => {
    const findings = [
      aFinding({ key: text, message: text, fix: text, policy: text }),
      aFinding({ key: text, message: text, fix: text, policy: text, action: 'Warn', rule: 'weak' }),
    ];
    const result = anAudited({
      findings,
      changes: [aChange({ key: text })],
      policies: [text],
      controller: text,
    });
    return {
      ...result,
      secret: { ...result.secret, namespace: text, name: text },
      preview: {
        write: { why: 'healed', keys: [text], note: text },
        record: true,
        restarts: [text],
        derivedSecret: undefined,
        trials: [],
        overdue: [{ key: text, policy: text, since: HEADER.startedAt }],
        findings: [],
      },
    };
  });
  const objects = texts.map((text) => ({
    kind: text,
    namespace: text,
    name: text,
    findings: [{ rule: 'missing-reference' as const, key: text, message: text, fix: text }],
  }));
  return {
    audited,
    report: {
      policies: [
        ...POLICIES,
        ...texts.map((name) => ({ name, source: 'cluster' as const, actions: ['Enforce' as const] })),
      ],
      errors: texts,
      references: { objects, made: texts.map((text) => ({ secret: text, maker: text })), unread: texts },
    },
    header: { ...HEADER, cluster: texts.join(' '), namespace: texts.join(' ') },
  };
}
