'use strict';
// Unfolds cells and filters rows. What unfolds stands in the page as JSON.
const details = JSON.parse(document.getElementById('details').textContent);
const rows = [...document.querySelectorAll('tr.case')];
const field = name => document.getElementById(`by-${name}`);

function element(name, text, ...children) {
  const made = document.createElement(name);
  if (text !== '') made.textContent = text;
  made.append(...children);
  return made;
}

function unfold(button) {
  const { case: id, column } = button.dataset;
  const row = document.getElementById(id);
  const open = row.nextElementSibling;
  const isOpen = open !== null && open.classList.contains('details');
  const sameCell = isOpen && open.dataset.column === column;
  if (isOpen) open.remove();
  for (const other of row.querySelectorAll('button')) other.setAttribute('aria-expanded', 'false');
  if (sameCell) return;
  button.setAttribute('aria-expanded', 'true');
  const cell = element('td', '');
  cell.colSpan = row.cells.length;
  const found = details[id][Number(column)];
  cell.append(element('p', `${found.requirement.level}, ${found.requirement.rfc}: ${found.requirement.text}`));
  if (found.why !== '') cell.append(element('p', found.why));
  for (const run of found.runs) cell.append(...runParts(run));
  const made = element('tr', '', cell);
  made.className = 'details';
  made.dataset.column = column;
  row.after(made);
}

function runParts({ title, steps, note, wire }) {
  const parts = [element('h4', title)];
  if (steps.length > 0) {
    const head = element('tr', '', ...['step', 'observed', 'rfc', 'wire'].map(text => element('th', text)));
    const body = steps.map(([step, token, rfc, byWire, ok]) => {
      const line = element('tr', '', ...[step, token, rfc, byWire].map(text => element('td', text)));
      if (!ok) line.className = 'missed';
      return line;
    });
    parts.push(element('table', '', head, ...body));
  }
  if (note !== '') parts.push(element('p', note));
  if (wire.length > 0) parts.push(element('pre', wire.join('\n')));
  return parts;
}

function filter() {
  const verdict = field('verdict').value;
  const level = field('level').value;
  const group = field('group').value;
  const text = field('text').value.toLowerCase();
  let shown = 0;
  for (const row of rows) {
    const fits =
      (verdict === '' || row.dataset.verdicts.split(' ').includes(verdict)) &&
      (level === '' || row.dataset.level === level) &&
      (group === '' || row.parentElement.dataset.group === group) &&
      (text === '' || row.textContent.toLowerCase().includes(text));
    row.hidden = !fits;
    if (fits) shown += 1;
    const next = row.nextElementSibling;
    if (!fits && next !== null && next.classList.contains('details')) next.remove();
  }
  for (const body of document.querySelectorAll('tbody[data-group]')) {
    body.hidden = [...body.querySelectorAll('tr.case')].every(row => row.hidden);
  }
  document.getElementById('shown').textContent = `${shown} of ${rows.length}`;
}

/** `?group=curve&verdict=KNOWN` in the address sets the filters. */
function preset() {
  for (const [name, value] of new URLSearchParams(window.location.search)) {
    const chosen = field(name);
    if (chosen !== null) chosen.value = value;
  }
}

/** `#curve/28` marks the row; `#curve/28:1` unfolds its second target, too. */
function follow() {
  const [id, column = ''] = decodeURIComponent(window.location.hash.slice(1)).split(':');
  const row = rows.find(one => one.id === id);
  if (row === undefined || column === '') return;
  const button = row.querySelector(`button[data-column="${Number(column)}"]`);
  if (button !== null && button.getAttribute('aria-expanded') === 'false') unfold(button);
  row.scrollIntoView({ block: 'nearest' });
}

window.addEventListener('hashchange', follow);
document.getElementById('cases').addEventListener('click', event => {
  const button = event.target.closest('button');
  if (button !== null) unfold(button);
});
document.getElementById('filters').addEventListener('input', filter);
document.getElementById('filters').addEventListener('submit', event => event.preventDefault());
preset();
filter();
follow();
