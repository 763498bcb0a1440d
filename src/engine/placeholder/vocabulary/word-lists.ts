/** Words with blanks between them. The kinds are those of `english.ts`. */
export type WordLists = Readonly<Record<'mark' | 'hard' | 'soft' | 'your' | 'glue' | 'stems', string>>;
