import { byId } from './dom.js';

/** Uses the system's theme until the visitor presses the button for the other one. */
export function startTheme(onChange: () => void): void {
  const button = byId('theme', HTMLButtonElement);
  const system = matchMedia('(prefers-color-scheme: dark)');
  let chosen: 'light' | 'dark' | undefined;
  const apply = () => {
    const shown = chosen ?? (system.matches ? 'dark' : 'light');
    document.documentElement.dataset.theme = shown;
    button.textContent = shown === 'dark' ? 'Light theme' : 'Dark theme';
    onChange();
  };
  button.addEventListener('click', () => {
    chosen = document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark';
    apply();
  });
  system.addEventListener('change', apply);
  apply();
}
