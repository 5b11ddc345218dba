// What the pages are forgiven, each with its reason. All of it comes from
// mdBook's own frame around a chapter, never from a chapter: `selector` is the
// element that breaks the rule, or one around it. An exemption that nothing
// needs any more is a failure, too: remove it then.

export const EXEMPTIONS = [
  {
    rule: 'aria-allowed-attr',
    selector: '#mdbook-sidebar-toggle',
    reason: 'a label that mdBook 0.5.4 makes a button by script alone',
  },
  {
    rule: 'aria-prohibited-attr',
    selector: '#mdbook-sidebar-toggle',
    reason: 'a label that mdBook 0.5.4 makes a button by script alone',
  },
  {
    rule: 'region',
    selector: '#mdbook-menu-bar',
    reason: "the bar on top of mdBook's pages is no landmark",
  },
  {
    rule: 'color-contrast',
    selector: '#mdbook-sidebar a',
    themes: ['coal', 'navy'],
    reason: "mdBook's colour for where the reader is: 2.8 of 4.5",
  },
  {
    rule: 'color-contrast',
    selector: '.menu-title',
    themes: ['coal'],
    reason: "mdBook's colour for the name of the book: 2.0 of 3",
  },
  ...['document-title', 'landmark-one-main', 'page-has-heading-one', 'region']
    .map((rule) => ({
      rule,
      selector: 'html',
      page: 'toc.html',
      reason: 'a frame in a page that has all this, for want of scripts',
    })),
];
