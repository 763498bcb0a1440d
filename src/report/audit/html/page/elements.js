/** An element with attributes and children. A text is never parsed as HTML. */
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes))
    if (value !== undefined && value !== false) made.setAttribute(attribute, value === true ? '' : value);
  made.append(...children);
  return made;
}

function byId(id) {
  return document.getElementById(id);
}

const grouping = new Intl.NumberFormat('en-US');

function grouped(count) {
  return grouping.format(count);
}
