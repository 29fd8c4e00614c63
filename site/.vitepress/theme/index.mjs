import { withBase } from 'vitepress';
import DefaultTheme from 'vitepress/theme-without-fonts';
import { h } from 'vue';
import './style.css';

/** The demo, at work, where the home page is looked at first. */
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
