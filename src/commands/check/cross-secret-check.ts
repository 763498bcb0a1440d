import { dirname } from 'node:path';
import { crossSecret } from '../../engine/login/cross-secret.ts';
import type { Login } from '../../engine/login/logins.ts';
import type { ManifestSecret } from '../../manifest/read/manifest-secret.ts';
import type { CheckedSecret, CheckFinding } from '../../report/check-report.ts';

/** What is remembered of each Secret, in the order of the manifests, to compare it with the others. */
export interface Neighbourhood {
  readonly add: (manifest: ManifestSecret, logins: readonly Login[]) => void;
  /** The Secrets, each with the findings that the others brought to light. */
  readonly addTo: (secrets: readonly CheckedSecret[]) => readonly CheckedSecret[];
}

export function neighbourhood(): Neighbourhood {
  const entries: Entry[] = [];
  return {
    add: ({ place, ref, placeOf, secret: { namespace } }, logins) => {
      entries.push({ ref, folder: dirname(place.file), namespace, logins, placeOf });
    },
    addTo: (secrets) => withComplaints(secrets, entries),
  };
}

interface Entry {
  readonly ref: string;
  readonly folder: string;
  readonly namespace: string;
  readonly logins: readonly Login[];
  readonly placeOf: ManifestSecret['placeOf'];
}

function withComplaints(
  secrets: readonly CheckedSecret[],
  entries: readonly Entry[],
): readonly CheckedSecret[] {
  const varied = variedNamespaces(entries);
  const complaints = crossSecret(
    entries.map(({ ref, folder, namespace, logins }) => ({
      ref,
      group: JSON.stringify(varied.has(namespace) ? [namespace, folder] : [namespace]),
      logins,
    })),
  );
  const byIndex = Map.groupBy(complaints, ({ index }) => index);
  return secrets.map((secret, index) => {
    const found = (byIndex.get(index) ?? []).map(({ key, message, fix }): CheckFinding => {
      const { line, column } = entries[index]?.placeOf(key) ?? { line: secret.line, column: 1 };
      return { rule: 'cross-secret', key, action: 'Warn', message, fix, line, column };
    });
    return found.length === 0 ? secret : { ...secret, findings: [...secret.findings, ...found] };
  });
}

/**
 * Overlays repeat a Secret once for each environment, and have other values in each: there only Secrets of one folder belong together. A manifest
 * without a namespace is one of `default`, and may be meant for any.
 */
function variedNamespaces(entries: readonly Entry[]): ReadonlySet<string> {
  const varied = new Set(['default', '']);
  const folderOf = new Map<string, string>();
  for (const { ref, folder, namespace } of entries) {
    if ((folderOf.get(ref) ?? folder) !== folder) varied.add(namespace);
    folderOf.set(ref, folder);
  }
  return varied;
}
