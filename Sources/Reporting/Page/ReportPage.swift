import Evaluation
import Foundation
import Plots

/// `report.html`: one file that says and shows what `Report` holds, without scripts.
struct ReportPage {
  let report: Report
  let guesses: Report.Guesses

  /// A part of the page with a heading of its own; nil where it would be empty.
  typealias Section = (id: String, title: String, body: Markup)

  private var sections: [Section] {
    [
      scores, confusions, subjects, curves, optimism, confidence, factors, mistakes, notes, facts,
    ].compactMap { $0 }
  }

  private var title: String { "Leave-one-\(report.unit)-out report" }

  var html: Data {
    let sections = sections
    let links = sections.map { "<li><a href=\"#\($0.id)\">\($0.title)</a></li>" as Markup }
    let page: Markup = """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <meta name="referrer" content="no-referrer">
      <title>\(title)</title>
      <style>\(Self.style)</style>
      </head>
      <body>
      <a class="skip" href="#main">Skip to the scores</a>
      <header>
      <h1>\(title)</h1>
      \(verdict)
      <p class="printed small">\(printed)</p>
      </header>
      <nav aria-label="Parts of the report"><ul>
      \(links.joined())
      </ul></nav>
      <main id="main">
      \(sections.map(Self.section).joined(by: "\n"))
      </main>
      <footer><p>Written by <code>htnet report</code>. UF1 is the mean of the classes' F1, UAR the mean of \
      their recalls.</p></footer>
      </body>
      </html>

      """
    return Data(page.source.utf8)
  }

  private static func section(_ section: Section) -> Markup {
    """
    <section id="\(section.id)" aria-labelledby="\(section.id)-h">
    <h2 id="\(section.id)-h">\(section.title)</h2>
    \(section.body)
    </section>
    """
  }

  private var verdict: Markup {
    let verdict = report.verdict(guesses)
    let points = verdict.points.map { point -> Markup in
      let sign = point.isGood ? "✓" : "!"
      let word = point.isGood ? "For it: " : "Mind: "
      return """
        <li class="\(point.isGood ? "good" : "doubt")"><span aria-hidden="true">\(sign)</span>\
        <span class="unseen">\(word)</span>\(point.text)</li>
        """
    }
    return """
      <p class="finding">\(verdict.finding)</p>
      <h2 class="believe">Should you believe it?</h2>
      <ul class="points">
      \(points.joined(by: "\n"))
      </ul>
      """
  }

  /// What paper leaves out; on a screen nobody sees it.
  private var printed: String {
    let settings = report.trained
    let leader = report.leader?.setting.setting.name
    let others = settings.count > 1 ? "all settings\(leader.map { " but \($0)" } ?? ""), " : ""
    return
      "Printed is what stood open on the screen. The parts that were closed (at first \(others)the tables behind "
      + "the plots, the jobs and the configuration) are in report.html. report.md has the scores of all settings and "
      + "seeds, and config.yaml in the run's directory is the configuration."
  }

  var notes: Section? {
    let notes = report.notes.map { "<li>\($0)</li>" as Markup }
    return ("notes", "How to read it", "<ul>\(notes.joined())</ul>")
  }
}

extension Report {
  /// `report.html`.
  func page(_ guesses: Guesses) -> Data { ReportPage(report: self, guesses: guesses).html }
}
