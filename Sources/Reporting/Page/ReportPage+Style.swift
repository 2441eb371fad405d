import Plots

extension ReportPage {
  /// Colours 0 to 2 are the protocols', 3 stands for what is known elsewhere. Text of any colour has a
  /// contrast of at least 4.5 : 1, marks of 3 : 1.
  static let style: Markup = """
    :root{color-scheme:light dark;--paper:#fff;--ink:#1b1f24;--soft:#57606a;--line:#d0d7de;--wash:#f6f8fa;
    --c0:#0a62b8;--c1:#0b7a4b;--c2:#b3480a;--c3:#6639a6;--link:#0a58ca;--heat:10 98 184}
    @media screen and (prefers-color-scheme:dark){:root{--paper:#14181d;--ink:#e6edf3;--soft:#a3adb8;
    --line:#3a434d;--wash:#1c2229;--c0:#6cb6ff;--c1:#56d399;--c2:#ffa657;--c3:#d2a8ff;--link:#79b8ff;
    --heat:76 141 255}}
    *{box-sizing:border-box}
    body{margin:0 auto;max-width:1120px;padding:0 12px 40px;background:var(--paper);color:var(--ink);
    font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;overflow-wrap:anywhere}
    h1{font-size:1.35rem;margin:18px 0 8px}h2{font-size:1.25rem;margin:36px 0 8px;padding-top:10px;
    border-top:1px solid var(--line)}h3{font-size:1.05rem;margin:12px 0;display:inline-block}
    h2.believe{font-size:1.05rem;border:0;margin:16px 0 4px;padding:0}
    p,ul,ol{margin:8px 0;max-width:46rem}a{color:var(--link)}code,pre{font:.9em ui-monospace,monospace}
    .finding{font-size:1.3rem;line-height:1.4;margin:6px 0}.small,footer{font-size:.85rem;color:var(--soft)}
    .skip{position:absolute;left:-999px}.skip:focus{position:static;display:inline-block;padding:8px}
    .unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
    .points{list-style:none;padding:0}.points li{padding-left:28px;position:relative;margin:6px 0}
    .points li>span[aria-hidden]{position:absolute;left:4px;font-weight:700}
    .good>span[aria-hidden]{color:var(--c1)}.doubt>span[aria-hidden]{color:var(--c2)}
    nav ul{list-style:none;display:flex;flex-wrap:wrap;gap:4px 16px;padding:0;max-width:none}
    .plots{display:flex;flex-wrap:wrap;gap:24px 28px;align-items:flex-start;margin:12px 0}
    .headline{display:flex;flex-wrap:wrap;gap:20px 28px;align-items:flex-start}
    .headline>.scroll{flex:1 1 420px;min-width:0}
    figure{margin:0;width:336px;max-width:100%}.headline>figure{width:420px}
    figcaption{font-size:.85rem;color:var(--soft)}figcaption strong{color:var(--ink)}
    svg{max-width:100%;height:auto;display:block}svg.store{position:absolute}
    svg text{font:11px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;fill:var(--ink)}
    svg text.tick{fill:var(--soft)}
    .grid{stroke:var(--line);stroke-width:.7}.axis,.rule{stroke:var(--soft);fill:none}
    .f0{fill:var(--c0)}.f1{fill:var(--c1)}.f2{fill:var(--c2)}.f3{fill:var(--c3)}
    .o0,.o1,.o2,.o3{fill:var(--paper);stroke-width:2}
    .o0,.l0,.i0{stroke:var(--c0)}.o1,.l1,.i1{stroke:var(--c1)}.o2,.l2,.i2{stroke:var(--c2)}
    .o3,.l3,.i3{stroke:var(--c3)}.l0,.l1,.l2,.l3{fill:none;stroke-linejoin:round}
    .i0,.i1,.i2,.i3{stroke-width:2.4;stroke-linecap:round}
    .b0{fill:var(--c0);opacity:.2}.b1{fill:var(--c1);opacity:.2}.b2{fill:var(--c2);opacity:.2}
    .thin{stroke-width:.8;opacity:.25}.thick{stroke-width:2.2}.dash{stroke-width:1.4;stroke-dasharray:5 4}
    .legend{list-style:none;display:flex;flex-wrap:wrap;gap:2px 14px;padding:0;margin:6px 0;font-size:.85rem;
    color:var(--soft)}.legend li{display:flex;align-items:center;gap:5px}.legend svg{flex:none}
    .scroll{overflow-x:auto;max-width:100%;margin:8px 0;background:
    linear-gradient(to left,transparent,var(--paper) 30px) 0 0/60px 100% no-repeat local,
    linear-gradient(to right,transparent,var(--paper) 30px) 100% 0/60px 100% no-repeat local,
    linear-gradient(to right,var(--line),transparent) 0 0/14px 100% no-repeat scroll,
    linear-gradient(to left,var(--line),transparent) 100% 0/14px 100% no-repeat scroll}
    table{border-collapse:collapse;font-size:.9rem;font-variant-numeric:tabular-nums;overflow-wrap:normal}
    caption{text-align:left;font-weight:600;padding:4px 0}
    th,td{padding:4px 8px;border-bottom:1px solid var(--line);text-align:left;vertical-align:top;
    unicode-bidi:isolate}thead th{color:var(--soft);font-weight:600;vertical-align:bottom}
    tbody th{font-weight:500}th{overflow-wrap:break-word;max-width:16em}.facts td{overflow-wrap:anywhere}
    .value{white-space:nowrap;font-weight:600}.ends{white-space:nowrap;
    color:var(--soft)}.parts{width:100%}.parts th,.parts td{padding:4px 5px}.parts th[scope=rowgroup]{font-weight:700;padding-top:12px}
    .parts td.known{color:var(--soft);font-size:.85rem;padding-top:0}.parts tr.with>*{border-bottom:0}
    .facts thead{display:none}.facts th{width:13em}
    .matrix{max-width:336px}.confusion{font-size:.75rem}.confusion caption{font-size:.9rem}.confusion th,.confusion td{padding:4px 3px}
    .confusion th{min-width:4.9em;max-width:7em}.confusion th.score{min-width:0}
    .confusion td{text-align:right}
    .heat{background:rgb(var(--heat)/calc(var(--s)*.5));border:1px solid var(--paper)}
    .heat.right{outline:2px solid var(--soft);outline-offset:-2px}
    details{margin:6px 0}summary{cursor:pointer;color:var(--link);font-size:.9rem}
    .setting>summary{font-size:1rem;color:var(--ink)}.setting{border-left:3px solid var(--line);
    padding-left:10px;margin:14px 0}
    .clips{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:14px 18px;max-width:none}
    .clips li{display:flex;gap:10px;width:336px;max-width:100%;font-size:.85rem}.clips p{margin:0;min-width:0}
    .map{flex:none;image-rendering:pixelated;background:#000}.map rect{fill:none;stroke-width:2.5}
    .r0{stroke:#ffd500}.r1{stroke:#00e5ff}.r2{stroke:#ff4081}.r3{stroke:#76ff03}
    pre{overflow-x:auto;background:var(--wash);padding:10px;border:1px solid var(--line)}
    :focus-visible{outline:3px solid var(--c3);outline-offset:2px}
    .printed{display:none}@page{size:A4;margin:14mm}
    @media print{body{max-width:none;padding:0;font-size:10.5pt;print-color-adjust:exact;
    -webkit-print-color-adjust:exact}nav,.skip,summary{display:none}.setting>summary,.printed{display:block}
    figure,.clips li,tr,.parts tbody,.matrix{break-inside:avoid}h2,h3,caption,.setting>summary{break-after:avoid}
    p,li{orphans:3;widows:3}.scroll{overflow:visible;background:none}pre{overflow:visible}.finding{font-size:14pt}.plots,.headline{display:block}
    .setting:not([open]){display:none}.setting{border:0;padding:0}
    .plots>*,.clips>li{display:inline-block;vertical-align:top;margin:0 8px 14px 0;width:47%}
    .plots>.matrix{width:auto;max-width:100%}tbody th,.confusion th{overflow-wrap:break-word}.confusion th{min-width:0}
    .clips{display:block}.clips svg{float:left;margin-right:8px}}
    """
}
