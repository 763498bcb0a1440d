import { stringify } from 'yaml';

/**
 * A piece of template, as a value of the object or, in the place of a key or an item, as lines of their own. Only the
 * mark goes through YAML. In lines of their own, `@2` is the indentation of these lines plus 2 columns.
 */
export type Mark = (template: string) => string;

export interface Marks {
  readonly mark: Mark;
  /** The YAML with the templates in the places of their marks. */
  readonly unmark: (yaml: string) => string;
}

export function marks(): Marks {
  const templates: string[] = [];
  const templateAt = (index: string | undefined): string => templates[Number(index)] ?? '';
  return {
    mark: (template) => `MARK-${templates.push(template) - 1}-`,
    unmark: (yaml) =>
      yaml
        .replaceAll(/^( *)(?:- )?MARK-(\d+)-(?:: null)?$/gm, (_, indent: string, index: string) =>
          templateAt(index)
            .trimEnd()
            .replaceAll(/^/gm, indent)
            .replaceAll(/@(\d+)/g, (_, columns: string) => String(indent.length + Number(columns))),
        )
        .replaceAll(/MARK-(\d+)-/g, (_, index: string) => templateAt(index)),
  };
}

export const yamlOf = (value: object): string =>
  stringify(value, { lineWidth: 0, indentSeq: false, compat: 'yaml-1.1' });

/** `lines` end with a newline, and so does what is returned. */
export const when = (condition: string, lines: string): string =>
  `{{- if ${condition} }}\n${lines}{{- end }}\n`;

export const either = (condition: string, lines: string, others: string): string =>
  `{{- if ${condition} }}\n${lines}{{- else }}\n${others}{{- end }}\n`;

/** The field with the value, unless the value is empty. */
export const optionalField = (field: string, value: string): string =>
  `{{- with ${value} }}\n${field}:\n  {{- toYaml . | nindent @2 }}\n{{- end }}`;

/** The entries of a map or a list, next to those of the manifest. */
export const furtherEntries = (value: string): string =>
  `{{- with ${value} }}\n{{- toYaml . | nindent @0 }}\n{{- end }}`;

/** The entries of both maps; the first one wins. A value that the user has set to null counts as empty. */
export const mergedMaps = (...values: readonly string[]): string =>
  `merge (dict) ${values.map((value) => `(${value} | default dict)`).join(' ')}`;

export const joinedLists = (...values: readonly string[]): string =>
  `concat ${values.map((value) => `(${value} | default list)`).join(' ')}`;
