const SEARCH_DELAY_MS = 150;

/** Connects the form, the cards of the overview, the heat map and the policies with the list. */
function startFindings() {
  const order = sortedRows();
  let filter = filterOfAddress();
  let filtered = [];
  let page = 0;

  fillChoices();
  byId('no-script').remove();
  byId('list').hidden = false;

  function show() {
    filtered = order.filter((row) => matches(row, filter));
    page = 0;
    showPage(filtered, page, turnTo);
  }

  function turnTo(target) {
    page = target;
    showPage(filtered, page, turnTo);
    byId('findings-title').focus();
    byId('findings').scrollIntoView();
  }

  function apply(next) {
    filter = next;
    for (const name of Object.keys(NO_FILTER)) byId(name).value = filter[name];
    keepInAddress(filter);
    show();
  }

  /** For a control outside the list: shows what it names, and goes there. */
  function jump(next) {
    apply({ ...NO_FILTER, ...next });
    byId('findings-title').focus();
    byId('findings').scrollIntoView();
  }

  let timer;
  byId('filters').addEventListener('input', ({ target }) => {
    clearTimeout(timer);
    timer = setTimeout(
      () => apply({ ...filter, [target.id]: target.value }),
      target.id === 'search' ? SEARCH_DELAY_MS : 0,
    );
  });
  byId('filters').addEventListener('submit', (event) => event.preventDefault());
  byId('reset').addEventListener('click', () => apply(NO_FILTER));
  document.addEventListener('keydown', (event) => {
    if (event.key !== '/' || event.ctrlKey || event.metaKey || event.target.closest('input, select')) return;
    event.preventDefault();
    byId('search').focus();
  });
  for (const name of Object.keys(NO_FILTER)) byId(name).value = filter[name];
  show();
  connectCards(jump);
  connectHeatMap(jump);
  connectPolicies(jump);
  return () => filtered;
}

const OUTCOME_CHOICES = [
  ['denied', 'would be denied'],
  ['mutated', 'would be mutated'],
  ['warned', 'warned'],
  ['recorded', 'recorded'],
  ['overdue', 'overdue keys'],
  ['controller', 'the controller acts'],
  ['objects', 'other objects'],
];

function fillChoices() {
  const option = (value, label) => element('option', { value }, label);
  byId('outcome').append(...OUTCOME_CHOICES.map(([value, label]) => option(value, label)));
  const remarks = rows.flatMap((row) => row.remarks);
  for (const [id, objects] of [
    ['namespace', rows],
    ['rule', remarks],
    ['policy', remarks],
  ])
    byId(id).append(...choicesOf(objects, id).map((value) => option(value, value)));
}

/** Makes the text of a cell a button, which the name describes. */
function makeButton(cell, name, onClick) {
  const button = element('button', { type: 'button', class: 'cell', ...(name && { 'aria-label': name }) });
  button.append(...cell.childNodes);
  button.addEventListener('click', onClick);
  cell.append(button);
}

function connectCards(jump) {
  for (const card of document.querySelectorAll('.card:not(.is-zero)'))
    makeButton(card, undefined, () => jump({ outcome: card.dataset.outcome }));
}

function connectHeatMap(jump) {
  const table = document.querySelector('table.heat');
  if (table === null) return;
  const rules = [...table.tHead.rows[0].cells].map((cell) => cell.textContent);
  for (const row of table.tBodies[0].rows) {
    if (row.classList.contains('rest')) continue;
    const namespace = row.cells[0].textContent;
    makeButton(row.cells[0], undefined, () => jump({ namespace }));
    for (const cell of row.cells) {
      const rule = rules[cell.cellIndex];
      if (cell.querySelector('.tile') !== null)
        makeButton(cell, `${cell.textContent} in ${namespace}: ${rule}`, () => jump({ namespace, rule }));
    }
  }
}

function connectPolicies(jump) {
  for (const row of document.querySelectorAll('tr[data-policy]')) {
    const hasFindings = !row.cells[4].classList.contains('is-zero');
    if (hasFindings) makeButton(row.cells[0], undefined, () => jump({ policy: row.dataset.policy }));
  }
}
