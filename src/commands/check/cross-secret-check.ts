import { dirname } from 'node:path';
import { crossSecretViolations } from '../../engine/login/in-secret/cross-secret.ts';
import type { Login } from '../../engine/login/in-secret/logins.ts';
import type { ManifestSecret } from '../../manifest/object/manifest-secret.ts';
import type { CheckedSecret, CheckFinding } from '../../report/check-report.ts';

/** Remembers the logins of each Secret, in the order of the manifests, to compare them with those of the others. */
export interface CrossSecretCheck {
  readonly add: (manifest: ManifestSecret, logins: readonly Login[]) => void;
  /** The Secrets, each with the findings of the comparison. */
  readonly addFindings: (secrets: readonly CheckedSecret[]) => readonly CheckedSecret[];
}

export function crossSecretCheck(): CrossSecretCheck {
  const entries: ManifestLogins[] = [];
  return {
    add: ({ place, ref, placeOf, secret: { namespace } }, all) => {
      // A user of Redis may have several passwords.
      const logins = all.filter(({ system }) => system === undefined);
      entries.push({ ref, folder: dirname(place.file), namespace, logins, placeOf });
    },
    addFindings: (secrets) => withFindings(secrets, entries),
  };
}

interface ManifestLogins {
  readonly ref: string;
  readonly folder: string;
  readonly namespace: string;
  readonly logins: readonly Login[];
  readonly placeOf: ManifestSecret['placeOf'];
}

function withFindings(
  secrets: readonly CheckedSecret[],
  entries: readonly ManifestLogins[],
): readonly CheckedSecret[] {
  const overlayNamespaces = namespacesWithOverlays(entries);
  const violations = crossSecretViolations(
    entries.map(({ ref, folder, namespace, logins }) => ({
      ref,
      group: JSON.stringify(overlayNamespaces.has(namespace) ? [namespace, folder] : [namespace]),
      logins,
    })),
  );
  const byIndex = Map.groupBy(violations, ({ index }) => index);
  return secrets.map((secret, index) => {
    const findings = (byIndex.get(index) ?? []).map(({ key, message, fix }): CheckFinding => {
      const { line, column } = entries[index]?.placeOf(key) ?? { line: secret.line, column: 1 };
      return { rule: 'cross-secret', key, action: 'Warn', message, fix, line, column };
    });
    return findings.length === 0 ? secret : { ...secret, findings: [...secret.findings, ...findings] };
  });
}

/**
 * Overlays repeat a Secret once for each environment, with other values in each. Only the Secrets of one folder are
 * then compared. A manifest without a namespace belongs to `default`, and may be meant for any namespace.
 */
function namespacesWithOverlays(entries: readonly ManifestLogins[]): ReadonlySet<string> {
  const overlayNamespaces = new Set(['default', '']);
  const folderOf = new Map<string, string>();
  for (const { ref, folder, namespace } of entries) {
    if ((folderOf.get(ref) ?? folder) !== folder) overlayNamespaces.add(namespace);
    folderOf.set(ref, folder);
  }
  return overlayNamespaces;
}
