import type { ErrorCode } from 'yaml';

/** Replaces the library's own messages, because they quote the faulty text, which can be a value. */
const REASON_BY_CODE: Readonly<Partial<Record<ErrorCode, string>>> = {
  ALIAS_PROPS: 'an alias can have neither tag nor anchor: remove them',
  BAD_ALIAS: 'the text after & or * is no name: put a value that begins with one of them in quotes',
  BAD_COLLECTION_TYPE: 'the tag does not fit what it stands before: remove it',
  BAD_DIRECTIVE: 'a directive (%…) is not understood: remove it',
  BAD_DQ_ESCAPE: 'double quotes hold an escape that YAML does not know: write \\\\ for a backslash',
  BAD_INDENT: 'the indentation does not fit the lines before it',
  BAD_PROP_ORDER: 'anchor and tag must stand before the indicator: move them',
  BAD_SCALAR_START: 'a value without quotes can not begin with this sign: put it in quotes',
  BLOCK_AS_IMPLICIT_KEY: 'a second key stands on one line: put the value in quotes',
  BLOCK_IN_FLOW: 'a block can not stand inside of { } or [ ]',
  DUPLICATE_KEY: 'a key stands twice: remove one of the two',
  KEY_OVER_1024_CHARS: 'a key is longer than 1024 characters, or the ":" behind it is missing',
  MISSING_CHAR: 'a quote, a bracket, a comma, or the ": " behind a key is missing',
  MULTILINE_IMPLICIT_KEY: 'a key goes over several lines, or the ": " behind it is missing',
  MULTIPLE_ANCHORS: 'a value can have one anchor only',
  MULTIPLE_TAGS: 'a value can have one tag only',
  RESOURCE_EXHAUSTION: 'it is nested too deeply',
  TAB_AS_INDENT: 'a tab can not indent: use blanks',
  TAG_RESOLVE_FAILED: 'the tag is not understood: remove it',
  UNEXPECTED_TOKEN: 'this can not stand here: look for a missing quote, or a wrong indentation',
};

export const yamlFaultMessage = (code: ErrorCode): string =>
  `is no valid YAML: ${REASON_BY_CODE[code] ?? 'correct the text here'}`;
