"""The style sheet of the result page."""

CSS = """
:root {
  color-scheme: light dark;
  --page: light-dark(#f6f7f9, #14161a); --card: light-dark(#ffffff, #1d2026);
  --ink: light-dark(#1b1e24, #e6e8ec); --soft: light-dark(#5b6472, #9aa3b2);
  --rule: light-dark(#e1e5eb, #31363f); --code: light-dark(#f0f2f5, #262a31);
  --good: light-dark(#17734a, #5cc894); --bad: light-dark(#b3372c, #f08a7e);
  --s0: light-dark(#2360c4, #7aa7f5); --s1: light-dark(#c46a0e, #eba457);
  --s2: light-dark(#7a8494, #99a3b3);
}
:root:has(#theme [value=light]:checked) { color-scheme: light; }
:root:has(#theme [value=dark]:checked) { color-scheme: dark; }
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 28px 16px 56px; max-width: 1040px;
  background: var(--page); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
}
h1 { font-size: 15px; font-weight: 500; color: var(--soft); margin: 0 0 6px;
  overflow-wrap: anywhere; }
h2 { font-size: 19px; margin: 36px 0 12px; }
h3 { font-size: 14px; font-weight: 600; margin: 0 0 6px; overflow-wrap: anywhere; }
.verdict { font-size: clamp(22px, 4vw, 30px); line-height: 1.25; font-weight: 650;
  margin: 0 0 18px; max-width: 32em; text-wrap: balance; }
.verdict b { white-space: nowrap; }
.verdict b.good { color: var(--good); } .verdict b.bad { color: var(--bad); }
.note { color: var(--soft); font-size: 14px; margin: 8px 0; max-width: 46em; }
.card { background: var(--card); border: 1px solid var(--rule); border-radius: 10px;
  padding: 14px 16px; }
.grid { display: grid; gap: 14px;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 300px), 1fr)); }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: 7px 10px 7px 0; vertical-align: top;
  border-bottom: 1px solid var(--rule); }
tr:last-child > * { border-bottom: 0; }
th { font-weight: 500; color: var(--soft); }
.figures td, .figures thead th + th { text-align: right; padding-right: 0;
  padding-left: 12px; }
.figures tbody tr:first-child > * { font-weight: 650; color: var(--ink); }
.figures small { display: block; font-weight: 400; color: var(--soft); }
.facts th { width: 13em; } .facts td { overflow-wrap: anywhere; }
.panels { display: grid; gap: 16px; }
@media (min-width: 760px) {
  .panels { grid-template-columns: 2fr 1fr; align-items: start;
    grid-auto-flow: dense; }
  .panels figure { grid-column: 2; }
  .panels figure:last-child { grid-column: 1; grid-row: 1 / span 2; }
}
figure { margin: 0; } figcaption { color: var(--soft); font-size: 14px;
  margin-bottom: 6px; }
figure img { width: 100%; height: auto; border-radius: 8px; display: block; }
svg { width: 100%; height: auto; display: block; }
svg text { font-size: 11px; fill: var(--soft); }
svg .grid { stroke: var(--rule); stroke-width: 1; }
svg .line { fill: none; stroke-width: 1.75; stroke-linejoin: round; }
svg polyline.s0 { stroke: var(--s0); }
svg polyline.s1 { stroke: var(--s1); stroke-dasharray: 6 3; }
svg polyline.s2 { stroke: var(--s2); stroke-dasharray: 2 3; }
svg circle.s0 { fill: var(--s0); } svg circle.s1 { fill: var(--s1); }
svg circle.s2 { fill: var(--s2); }
svg .band { fill: transparent; } svg .band:hover { fill: var(--soft); opacity: .15; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 18px; font-size: 14px;
  color: var(--soft); margin: 0 0 10px; padding: 0; list-style: none; }
.legend svg { display: inline-block; width: 26px; height: 8px; margin-right: 7px;
  vertical-align: middle; }
pre { background: var(--code); border-radius: 8px; padding: 12px 14px; margin: 0;
  overflow-x: auto; font: 13px/1.5 ui-monospace, Consolas, Menlo, monospace; }
code { font: .92em ui-monospace, Consolas, Menlo, monospace; overflow-wrap: anywhere; }
.paste { margin-bottom: 14px; }
.scroll { overflow-x: auto; }
summary { cursor: pointer; color: var(--soft); margin-bottom: 10px; }
ul.paths { margin: 0; padding-left: 20px; overflow-wrap: anywhere; }
@media (max-width: 560px) {
  .facts tr { display: block; padding: 6px 0; border-bottom: 1px solid var(--rule); }
  .facts tr:last-child { border-bottom: 0; }
  .facts th, .facts td { display: block; width: auto; padding: 0; border: 0; }
  .figures td, .figures thead th + th { padding-left: 8px; }
  .figures { font-size: 14px; }
}
"""
