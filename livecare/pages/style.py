"""How pages look: light or dark as the reader's system is, and readable in print."""

from typing import Final

COLOURS: Final = (
    "#4477aa",
    "#ee6677",
    "#228833",
    "#ccbb44",
    "#66ccee",
    "#aa3377",
    "#ee8866",
    "#44bb99",
)
"""Line colours that people with any colour vision can tell apart (Paul Tol's bright scheme)."""
MUTED: Final = "var(--muted)"
"""Colour of raw frames: they are the background of every comparison."""
STRONG: Final = "var(--ink)"
"""Colour of the truth."""

STYLE: Final = """
:root{--paper:#f6f6f4;--card:#fff;--ink:#1c1d1f;--soft:#55585e;--muted:#9a9da3;--rule:#dcdcd8;
--warn:#8a5a00;--warnpaper:#fff4dc;--good:#1f6f43;--link:#2b5fa3}
@media (prefers-color-scheme:dark){:root{--paper:#17181a;--card:#1f2124;--ink:#e8e8e6;
--soft:#b0b3b8;--muted:#7d8188;--rule:#35383d;--warn:#f0c36a;--warnpaper:#33290f;--good:#7fd0a0;--link:#8db8ee}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);
font:15px/1.5 system-ui,"Segoe UI",Roboto,"Helvetica Neue",Arial,"DejaVu Sans",sans-serif}
main{max-width:1256px;margin:0 auto;padding:28px 24px 60px}
h1{font-size:27px;line-height:1.2;margin:0 0 4px}
h2{font-size:20px;margin:0 0 4px}
h3{font-size:14px;margin:22px 0 8px;color:var(--soft);font-weight:600}
p{margin:6px 0}
.lead,.note,figcaption,.facts{color:var(--soft)}
section{background:var(--card);border:1px solid var(--rule);border-radius:10px;padding:20px 22px;
margin:20px 0}
nav{margin:14px 0 0;font-size:14px}nav a{margin-right:14px;white-space:nowrap}
a{color:var(--link);text-decoration:none}a:hover{text-decoration:underline}
.scroll{overflow-x:auto}
.delta{font-weight:400}
.summary{font-size:13px}
.summary td,.summary th{padding:5px 4px}
.summary th[colspan]{text-align:center}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums;font-size:14px}
th,td{padding:5px 10px;text-align:right;border-bottom:1px solid var(--rule);white-space:nowrap}
th{color:var(--soft);font-weight:600;vertical-align:bottom;white-space:normal}
td{vertical-align:top}
ul{margin:8px 0;padding-left:20px;font-size:14px}
th:first-child,td:first-child,td.words,th.words{text-align:left}
td.words{white-space:normal;color:var(--soft)}
tr.model td:first-child{font-weight:650}
td.best{font-weight:700}
td.best::before{content:"● ";color:var(--good);font-size:9px;vertical-align:2px}
tr.absent td{color:var(--muted);font-style:italic}
.delta{color:var(--soft);font-size:12px}
.warning{background:var(--warnpaper);color:var(--warn);border-left:4px solid currentColor;
border-radius:4px;padding:7px 12px;margin:10px 0}
.facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(330px,1fr));gap:2px 24px;
font-size:13.5px;margin:10px 0}
.facts b{color:var(--ink);font-weight:600}
.pictures{display:grid;grid-template-columns:repeat(auto-fill,minmax(164px,1fr));gap:16px 14px}
figure{margin:0}
.pictures img{display:block;width:100%;image-rendering:pixelated;background:#000}
.pictures img+img{margin-top:3px}
figcaption{font-size:13px;margin-top:5px;line-height:1.35}
figcaption b{color:var(--ink)}
.swatch{display:inline-block;width:10px;height:10px;border-radius:2px;margin-right:6px}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(480px,1fr));gap:20px 28px}
.charts figure{min-width:0}
svg{display:block;width:100%;height:auto;overflow:visible}
svg text{fill:var(--soft);font:12px system-ui,"Segoe UI",Roboto,Arial,"DejaVu Sans",sans-serif}
svg .axis{stroke:var(--muted);stroke-width:1}
svg .grid{stroke:var(--rule);stroke-width:1}
svg .title{fill:var(--ink);font-weight:600;font-size:13px}
.legend{display:flex;flex-wrap:wrap;gap:4px 16px;font-size:13px;color:var(--soft);margin:4px 0 14px}
.scale{display:inline-block;width:150px;height:11px;border-radius:2px;vertical-align:-1px;
margin:0 8px;border:1px solid var(--rule)}
code,.hash{font:12.5px ui-monospace,Consolas,"DejaVu Sans Mono",monospace;word-break:break-all}
dl{display:grid;grid-template-columns:max-content 1fr;gap:3px 18px;margin:8px 0;font-size:13.5px}
dt{color:var(--soft)}dd{margin:0;word-break:break-word}
details{margin:10px 0}summary{cursor:pointer;color:var(--link)}
@media print{section{break-inside:avoid-page}body{background:#fff}}
"""
