"""What the page of a suite adds to the style sheet of a run's page."""

_LIGHT = (
    *("#2360c4", "#c0620a", "#17734a", "#a8327f"),
    *("#0e7c93", "#7d6a00", "#b3372c", "#6a48c4"),
)
_DARK = (
    *("#7aa7f5", "#eba457", "#5cc894", "#ec8fcb"),
    *("#5fc6dc", "#d3bf4e", "#f08a7e", "#b49cf5"),
)
_DASHES = ("none", "7 4", "2 3", "9 3 2 3")


def _variables(colours: tuple[str, ...]) -> str:
    return " ".join(f"--c{i}: {colour};" for i, colour in enumerate(colours))


_SERIES = "\n".join(
    [
        *(f".c{i} {{ --mine: var(--c{i}); }}" for i in range(len(_LIGHT))),
        *(f".d{i} {{ --dash: {dash}; }}" for i, dash in enumerate(_DASHES)),
    ]
)

CSS = f"""
:root {{ {_variables(_LIGHT)} }}
@media (prefers-color-scheme: dark) {{ :root {{ {_variables(_DARK)} }} }}
{_SERIES}
body {{ max-width: 1180px; }}
h1 {{ font-size: clamp(22px, 4vw, 30px); line-height: 1.25; font-weight: 650;
  color: var(--ink); margin: 0 0 8px; text-wrap: balance; }}
h3 {{ font-size: 16px; margin: 22px 0 8px; }}
.card h3 {{ font-size: 14px; margin: 0 0 6px; }}
.state {{ font-weight: 600; margin: 14px 0; }}
.state progress {{ display: block; width: 100%; max-width: 32em; height: 8px;
  margin-top: 6px; accent-color: var(--good); }}
.about {{ max-width: 46em; }}
.about p, .about ul {{ margin: 8px 0; }}
.charts {{ display: grid; gap: 14px;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 480px), 1fr)); }}
.charts .card {{ overflow-x: auto; }}
.charts .card:has(.wide) {{ grid-column: 1 / -1; }}
.chart {{ min-width: 430px; }}
.chart.wide {{ min-width: 640px; }}

.card.scroll {{ padding: 0; }}
.card.scroll:focus-visible, button:focus-visible, summary:focus-visible {{
  outline: 2px solid var(--s0); outline-offset: 2px; }}
table.sortable {{ font-size: 14px; }}
.sortable th, .sortable td {{ padding: 7px 12px; white-space: nowrap; }}
.sortable .words {{ white-space: normal; min-width: 15em; }}
.sortable .number {{ text-align: right; }}
.sortable thead th {{ padding: 0; vertical-align: bottom;
  border-bottom: 1px solid var(--soft); }}
.sortable tbody th {{ color: var(--ink); position: sticky; left: 0; z-index: 1;
  background: var(--card); box-shadow: 1px 0 0 var(--rule); min-width: 11em;
  max-width: 18em; white-space: normal; }}
.sortable thead th:first-child {{ position: sticky; left: 0; z-index: 2;
  background: var(--card); box-shadow: 1px 0 0 var(--rule); }}
.sortable tbody tr:hover > *, .sortable tbody tr.lit > * {{ background: var(--code); }}
.sortable td small {{ display: block; font-weight: 400; color: var(--soft); }}
.sortable td.best {{ font-weight: 700; }}
.sortable td.absent {{ color: var(--soft); }}
.sortable thead button {{ all: unset; box-sizing: border-box; display: block;
  width: 100%; height: 100%; padding: 8px 12px; cursor: pointer; text-align: inherit; }}
.sortable thead button:hover {{ color: var(--ink); background: var(--code); }}
.sortable thead button:focus-visible {{ outline: 2px solid var(--s0);
  outline-offset: -2px; }}
.sortable thead small {{ display: block; font-weight: 400; white-space: normal;
  min-width: 7em; max-width: 16em; margin-left: auto; }}
.sortable thead span::after {{ content: "\\2195"; opacity: .35; margin-left: 5px; }}
.sortable [aria-sort] button {{ color: var(--ink); }}
.sortable [aria-sort=descending] span::after {{ content: "\\2193"; opacity: 1; }}
.sortable [aria-sort=ascending] span::after {{ content: "\\2191"; opacity: 1; }}
.tag {{ font-size: 11px; font-weight: 500; color: var(--soft); margin-left: 6px;
  border: 1px solid var(--rule); border-radius: 6px; padding: 0 5px; }}

.key {{ display: flex; flex-wrap: wrap; gap: 6px; padding: 0; margin: 0 0 12px;
  list-style: none; }}
.key button {{ font: inherit; font-size: 13px; color: var(--ink); cursor: pointer;
  background: var(--card); border: 1px solid var(--rule); border-radius: 999px;
  padding: 2px 11px 2px 8px; }}
.key button[aria-pressed=true] {{ border-color: var(--mine);
  box-shadow: inset 0 0 0 1px var(--mine); }}
.key svg {{ display: inline-block; width: 24px; height: 8px; margin-right: 6px;
  vertical-align: middle; }}
.key line {{ stroke: var(--mine); stroke-width: 2.5; stroke-dasharray: var(--dash); }}

.chart text {{ font-size: 12px; }}
.chart .name {{ fill: var(--ink); }}
.chart .floor {{ stroke: var(--soft); stroke-dasharray: 3 4; opacity: .7; }}
.series .line {{ stroke: var(--mine); stroke-width: 2; stroke-dasharray: var(--dash); }}
.series .mark {{ fill: var(--mine); stroke: var(--card); stroke-width: 1.5; }}
.series .bar {{ stroke: var(--mine); stroke-width: 1.5; opacity: .75; }}
.series .seed {{ fill: var(--mine); opacity: .5; }}
.series .spread {{ fill: var(--mine); opacity: .07; }}
.series .leader {{ fill: none; stroke: var(--mine); opacity: .4; }}
.series {{ transition: opacity .12s; }}
.dimmed .series:not(.lit) {{ opacity: .14; }}
.dimmed .series.lit .spread {{ opacity: .25; }}
.dimmed .series.lit .name {{ font-weight: 650; }}
@media (prefers-reduced-motion: reduce) {{ .series {{ transition: none; }} }}
ul.failed {{ padding-left: 20px; }}
ul.failed li {{ overflow-wrap: anywhere; margin: 4px 0; color: var(--bad); }}
.panels {{ grid-template-columns: repeat(auto-fit, minmax(min(100%, 320px), 1fr)); }}
.panels figure, .panels figure:last-child {{ grid-column: auto; grid-row: auto; }}
@media print {{ .key, .sortable thead span::after {{ display: none; }} }}
"""
