import Foundation

/// The real data, which no repository may hold: tests of it run by themselves where it is at hand.
public enum RealData {
  private static let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// `data/<name>` in the package's directory or in one beside it; nil: there is none.
  public static func path(_ name: String) -> String? {
    let files = FileManager.default
    let parent = package.deletingLastPathComponent()
    let beside = ((try? files.contentsOfDirectory(atPath: parent.path)) ?? []).sorted()
    return ([package] + beside.map { parent.appendingPathComponent($0) })
      .map { $0.appendingPathComponent("data/\(name)").path }
      .first(where: files.fileExists)
  }

  /// What a test says that it leaves out for want of `names`.
  public static func isMissing(_ names: String...) -> String {
    "the real data are not at hand: this needs \(names.joined(separator: " and ")) in data/ of the "
      + "package's directory or of one beside it"
  }
}
