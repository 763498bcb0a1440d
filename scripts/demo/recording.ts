import type { Passage } from './terminal.ts';

const COLUMNS = 100;
const ROWS = 30;
const LINE_HEIGHT_PX = 18;
const MARGIN_PX = 16;
/** Below the base line of the last row. */
const DESCENDER_PX = 6;
const WIDTH_PX = 840;
const HEIGHT_PX = ROWS * LINE_HEIGHT_PX + 2 * MARGIN_PX;

/** Time to read: a passage needs the first figure, and the second one for each line. */
const PASSAGE_SECONDS = 0.8;
const LINE_SECONDS = 0.35;
/** The end stays longer, before the recording starts again. */
const END_SECONDS = 5;

/**
 * An animated picture of a terminal in which the passages appear one after the other. It has no script, so a page can
 * show it as an image. CSS scrolls the text up, and the lower edge of the picture hides the rest.
 */
export function recordingSvg(passages: readonly Passage[], title: string): string {
  const lines = passages.flatMap(({ style, text }) => wrapped(text).map((line) => ({ style, line })));
  const texts = lines.flatMap(({ style, line }, row) =>
    line === '' ? [] : [`<text class="${style}" y="${(row + 1) * LINE_HEIGHT_PX}">${escaped(line)}</text>`],
  );
  const { keyframes, seconds } = scrollOf(passages);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH_PX} ${HEIGHT_PX}" role="img" aria-labelledby="title">
<title id="title">${escaped(title)}</title>
<style>
text { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #c9d1d9; white-space: pre; }
.sentence { font-weight: bold; fill: #ffffff; }
.command { fill: #79c0ff; }
.warning { fill: #e3b341; }
.error { fill: #ff7b72; }
.lines { animation: scroll ${seconds}s step-end infinite; }
@keyframes scroll {
${keyframes.join('\n')}
}
@media (prefers-reduced-motion: reduce) { .lines { animation: none; } }
</style>
<rect width="${WIDTH_PX}" height="${HEIGHT_PX}" rx="8" fill="#0d1117"/>
<svg x="${MARGIN_PX}" y="${MARGIN_PX}" width="${WIDTH_PX - 2 * MARGIN_PX}" height="${ROWS * LINE_HEIGHT_PX + DESCENDER_PX}">
<g class="lines">
${texts.join('\n')}
</g>
</svg>
</svg>
`;
}

interface Scroll {
  readonly keyframes: readonly string[];
  readonly seconds: number;
}

/** One keyframe for each passage: it moves the text so that the last line of the passage is the lowest one. */
function scrollOf(passages: readonly Passage[]): Scroll {
  let [time, row] = [0, 0];
  const stops = passages.map(({ text }) => {
    const start = time;
    const count = wrapped(text).length;
    row += count;
    time += PASSAGE_SECONDS + count * LINE_SECONDS;
    return { start, offset: (ROWS - row) * LINE_HEIGHT_PX };
  });
  const seconds = Math.ceil(time + END_SECONDS);
  const keyframes = stops.map(
    ({ start, offset }) => `${((start / seconds) * 100).toFixed(3)}% { transform: translateY(${offset}px); }`,
  );
  return { keyframes, seconds };
}

/** Breaks a long line after a word, or inside one that is too long. A control character becomes a space. */
const wrapped = (text: string): string[] =>
  text.split('\n').flatMap((line) => line.replace(/\p{Cc}/gu, ' ').match(LINE) ?? ['']);

const LINE = new RegExp(`.{1,${COLUMNS}}(?=\\s|$)|.{1,${COLUMNS}}`, 'gu');

/** @internal Exported for tests. */
export const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
