import Digest
import Foundation

/// The composite of SMIC, CASME II and SAMM that HTNet's paper is about: how to know it, what its
/// classes are called, and the paper's figures of it (See et al., MEGC 2019; Wang et al., 2024).
public enum PublishedComposite {
  /// A dataset's share of it.
  public struct Dataset: Sendable {
    public let title: String
    public let persons: Int
    /// By class.
    public let clips: [Int]
  }

  /// 442 clips of 68 persons, by the datasets' names in lower case.
  public static let datasets = [
    "smic": Dataset(title: "SMIC", persons: 16, clips: [70, 51, 43]),
    "casme2": Dataset(title: "CASME II", persons: 24, clips: [88, 32, 25]),
    "samm": Dataset(title: "SAMM", persons: 28, clips: [92, 26, 15]),
  ]

  /// By label.
  public static let classNames = ["negative", "positive", "surprise"]

  /// The protocol that the paper's figures are of.
  public static let selection = EvaluationProtocol.bestOnTest

  /// The paper's UF1 and UAR.
  public static let figures: [String: (uf1: Double, uar: Double)] = [
    "full": (0.8603, 0.8475), "smic": (0.8049, 0.7905), "casme2": (0.9532, 0.9516),
    "samm": (0.8131, 0.8124),
  ]

  /// A network's pooled macro F1 without the leak, by others.
  public struct HonestFigure: Sendable {
    public let network: String
    /// By part, as `figures`.
    public let uf1: [String: Double]
  }

  /// Where the honest figures are from.
  public static let honestSource = "Varanka, Li, Peng, Zhao, arXiv 2211.11425"

  /// What others have measured on the composite without looking at test labels, one subject left out in turn,
  /// with optical flow of their own: a comparison, and no check. Nobody has published one of HTNet.
  public static let honestFigures = [
    HonestFigure(
      network: "STSTNet", uf1: ["full": 0.713, "smic": 0.714, "casme2": 0.704, "samm": 0.662]),
    HonestFigure(
      network: "OffApexNet", uf1: ["full": 0.703, "smic": 0.683, "casme2": 0.774, "samm": 0.605]),
  ]

  /// As much of a clip as the composite is known by.
  public struct Clip {
    /// As it is sorted and digested: `dataset,subject,clip,label`, the dataset in lower case.
    let line: String

    /// - Parameters:
    ///   - subject: As in the release's table, column sub.
    ///   - name: As there, column filename_o.
    public init(dataset: String, subject: String, name: String, label: Int) {
      line = "\(dataset.lowercased()),\(subject),\(name),\(label)\n"
    }
  }

  /// SHA-256 of the lines of the release's 442 clips, sorted: whom they show, their files and their labels.
  private static let clipsSHA256 =
    "423e3d4e8f145eb662176ff63908e9a767eb6e6a5ec6b30be87812c819750c93"

  /// Whether data are the composite: each clip of its table, with the dataset, subject, file and label that it has
  /// there, and no other. As many clips of each class are not enough: labels that were dealt out anew have them too.
  public static func isAll(of clips: [Clip], classes: Int) -> Bool {
    guard classes == classNames.count else { return false }
    let lines = clips.map(\.line).sorted().joined()
    return SHA256.hexadecimal(of: Data(lines.utf8)) == clipsSHA256
  }

  /// What the labels of a table in the release's layout are called: as the composite's where all
  /// clips come from its datasets and there are as many classes, otherwise by their numbers.
  ///
  /// - Parameter datasets: The names of all clips' datasets.
  public static func classNames(_ classes: Int, datasets names: Set<String>) -> [String] {
    let isOurs =
      classes == classNames.count && names.allSatisfy { datasets[$0.lowercased()] != nil }
    return isOurs ? classNames : (0..<classes).map { "class \($0)" }
  }
}
