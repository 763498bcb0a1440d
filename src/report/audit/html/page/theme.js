const THEMES = ['system', 'light', 'dark'];
const THEME_KEY = 'lockstep-report-theme';

/** A choice over that of the system. A browser may keep nothing for a file, so the choice may last for this view only. */
function startTheme() {
  const button = byId('theme');
  let theme = storedTheme();
  const apply = () => {
    if (theme === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    button.textContent = `Theme: ${theme}`;
  };
  button.addEventListener('click', () => {
    theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
    apply();
    try {
      localStorage.setItem(THEME_KEY, theme);
    } catch {}
  });
  apply();
  button.hidden = false;
}

function storedTheme() {
  try {
    const stored = localStorage.getItem(THEME_KEY);
    return THEMES.includes(stored) ? stored : 'system';
  } catch {
    return 'system';
  }
}
