import Configuration
import Foundation

/// Compares what a model needs with what a host has.
enum MemoryCheck {
  /// Refuses a model whose weights and one gradient alone do not fit in the host's memory.
  ///
  /// - Parameter setting: The model's, by name; empty: the run has no study.
  static func require(weights: Int, ranksOnHost: Int, setting: String) throws {
    let bytesOfRank = 2 * Double(MemoryLayout<Float>.size) * Double(weights)
    let memory = Double(ProcessInfo.processInfo.physicalMemory)
    guard bytesOfRank * Double(ranksOnHost) > memory else { return }
    func gigabytes(_ bytes: Double) -> String { String(format: "%.1f GB", bytes / 1e9) }
    throw ConfigurationError(
      "model.dim",
      (setting.isEmpty ? "" : "setting \(setting): ")
        + "the model has \(weights) weights; with their gradient a rank needs at least "
        + "\(gigabytes(bytesOfRank)), and this host has \(gigabytes(memory)) of memory for "
        + "\(ranksOnHost) of them: lower model.dim, model.block_repeats or model.mlp_multiple")
  }
}
