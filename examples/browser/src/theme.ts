import { byId } from './dom.js';

/**
 * Uses the system's theme until the button or the address selects the other one. index.html has set it
 * before the first paint; the button's label says what pressing it does.
 */
export function startTheme(search: string, onChange: () => void): void {
  const button = byId('theme', HTMLButtonElement);
  const system = matchMedia('(prefers-color-scheme: dark)');
  const asked = new URLSearchParams(search).get('theme');
  let theme = asked === 'light' || asked === 'dark' ? asked : undefined;
  const apply = () => {
    const shown = theme ?? (system.matches ? 'dark' : 'light');
    document.documentElement.dataset.theme = shown;
    button.textContent = shown === 'dark' ? 'Light theme' : 'Dark theme';
    onChange();
  };
  button.addEventListener('click', () => {
    theme = document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark';
    const query = new URLSearchParams(location.search);
    query.set('theme', theme);
    history.replaceState(null, '', `?${query}`);
    apply();
  });
  system.addEventListener('change', apply);
  apply();
}
