import { withBase } from 'vitepress';
import DefaultTheme from 'vitepress/theme-without-fonts';
import { h } from 'vue';
import './style.css';

/** The running demo, at the top of the home page. */
const demo = () =>
  h('iframe', {
    class: 'demo',
    src: withBase('/demo/index.html'),
    title: 'The demo: a network learns handwritten digits in this page',
    loading: 'lazy',
  });

export default {
  extends: DefaultTheme,
  Layout: () => h(DefaultTheme.Layout, null, { 'home-hero-after': demo }),
};
