// Filters the list on the page while somebody types. Without it the form asks the server.
'use strict';

const search = document.getElementById('search');
const items = [...document.querySelectorAll('[data-words]')];
const nothing = document.getElementById('nothing');
const menu = document.querySelector('.menu');

if (menu && window.matchMedia('(max-width: 52rem)').matches) {
  menu.open = false;
}

const filter = () => {
  const wanted = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  let found = 0;
  for (const item of items) {
    const fits = wanted.every((word) => item.dataset.words.includes(word));
    item.hidden = !fits;
    found += fits;
  }
  for (const group of document.querySelectorAll('.group')) {
    group.hidden = !group.querySelector('[data-words]:not([hidden])');
  }
  if (nothing) {
    nothing.hidden = found > 0;
  }
};

// A list that the server has cut down already holds too little to filter.
if (search && items.length && !new URLSearchParams(location.search).get('q')) {
  search.addEventListener('input', filter);
  filter();
}

document.addEventListener('keydown', (event) => {
  if (event.key === '/' && document.activeElement === document.body) {
    event.preventDefault();
    search.focus();
  }
});
