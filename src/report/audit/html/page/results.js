const ROWS_PER_PAGE = 50;
/** One Secret may have thousands of faulty keys. */
const REMARKS_PER_ROW = 10;

function resultItem({ kind, namespace, name, owner, remarks }) {
  const list = element('ul', { class: 'remarks' });
  showRemarks(list, remarks, 0);
  return element(
    'li',
    { class: 'result' },
    element(
      'h3',
      {},
      ...(kind === 'Secret' ? [] : [element('span', { class: 'kind' }, kind), ' ']),
      element('span', { class: 'place' }, `${namespace}/`),
      element('span', { class: 'name' }, name),
    ),
    ...(owner === ''
      ? []
      : [element('p', { class: 'owner' }, 'Owned by ', element('b', {}, owner), ': change it there.')]),
    list,
  );
}

/** Shows the next remarks, and a button for the others. */
function showRemarks(list, remarks, start) {
  const shown = remarks.slice(start, start + REMARKS_PER_ROW);
  list.append(...shown.map(remarkItem));
  const left = remarks.length - start - shown.length;
  if (left <= 0) return;
  const button = element(
    'button',
    { type: 'button', class: 'quiet' },
    `Show ${grouped(Math.min(left, REMARKS_PER_ROW))} of ${grouped(left)} more`,
  );
  const item = element('li', { class: 'more' }, button);
  button.addEventListener('click', () => {
    item.remove();
    const before = list.children.length;
    showRemarks(list, remarks, start + REMARKS_PER_ROW);
    focusHeading(list.children[before]);
  });
  list.append(item);
}

function remarkItem({ outcome, rule, policy, text, fix }) {
  const source = [rule, policy].filter((name) => name !== '').join(' · ');
  return element(
    'li',
    { class: 'remark' },
    element('span', { class: `badge tone-${outcome}` }, outcome),
    element(
      'div',
      { class: 'remark-body' },
      element('p', { class: 'remark-text' }, text),
      ...(fix === '' ? [] : [element('p', { class: 'fix' }, element('b', {}, 'Fix: '), fix)]),
    ),
    element('p', { class: 'source' }, source),
  );
}

/** Moves the focus to something that is no control. */
function focusHeading(target) {
  target.setAttribute('tabindex', '-1');
  target.focus();
}

/** Shows one page of the filtered rows, and the way to the others. `page` begins with 0. */
function showPage(filtered, page, turnTo) {
  const pages = Math.max(1, Math.ceil(filtered.length / ROWS_PER_PAGE));
  const start = page * ROWS_PER_PAGE;
  const shown = filtered.slice(start, start + ROWS_PER_PAGE);
  byId('results').replaceChildren(...shown.map(resultItem));
  byId('status').textContent = statusText(filtered.length, start, shown.length);
  const turn = (label, target, isPossible) => {
    const button = element('button', { type: 'button', class: 'quiet', disabled: !isPossible }, label);
    button.addEventListener('click', () => turnTo(target));
    return button;
  };
  byId('pages').hidden = pages === 1;
  byId('pages').replaceChildren(
    turn('Previous', page - 1, page > 0),
    element('span', {}, `Page ${grouped(page + 1)} of ${grouped(pages)}`),
    turn('Next', page + 1, page + 1 < pages),
  );
}

function statusText(count, start, shown) {
  if (count === 0) return 'No finding matches this filter.';
  const all = count === rows.length ? '' : ` of ${grouped(rows.length)} in the report`;
  return `${grouped(start + 1)} to ${grouped(start + shown)} of ${grouped(count)} results${all}`;
}
