import { byId } from './dom.js';

type Theme = 'light' | 'dark';

/** The system's theme, until the button or the address asks for the other one. */
export function startTheme(search: string, onChange: () => void): void {
  const button = byId('theme', HTMLButtonElement);
  const system = matchMedia('(prefers-color-scheme: dark)');
  const asked = new URLSearchParams(search).get('theme');
  let theme: Theme | undefined = asked === 'light' || asked === 'dark' ? asked : undefined;
  const apply = () => {
    const shown = theme ?? (system.matches ? 'dark' : 'light');
    document.documentElement.dataset.theme = shown;
    button.ariaPressed = String(shown === 'dark');
    onChange();
  };
  button.addEventListener('click', () => {
    theme = document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark';
    apply();
  });
  system.addEventListener('change', apply);
  apply();
}
