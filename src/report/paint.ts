import { styleText } from 'node:util';

type Style = 'red' | 'yellow' | 'cyan' | 'green' | 'bold' | 'dim';

/** Styles a text for a terminal. */
export type Paint = (style: Style, text: string) => string;

/** Without `colour`, it returns the text as it is. */
export const paintIf =
  (colour: boolean): Paint =>
  (style, text) =>
    colour ? styleText(style, text, { validateStream: false }) : text;
