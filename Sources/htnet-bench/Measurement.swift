import Foundation
import Job
import Kernels

/// Times and facts that every benchmark prints.
enum Measurement {
  /// Seconds that `body` takes.
  static func seconds(_ body: () throws -> Void) rethrows -> Double {
    let start = DispatchTime.now().uptimeNanoseconds
    try body()
    return Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9
  }

  static func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    guard !sorted.isEmpty else { return .nan }
    return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
  }

  /// Peak resident memory of this process, in bytes.
  static var peakMemory: Int {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss * 1024
  }

  /// Seconds of CPU time that this process has used on all its threads: its own, and the kernel's
  /// for it.
  static var cpuSeconds: (user: Double, system: Double) {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) * 1e-6 }
    return (seconds(usage.ru_utime), seconds(usage.ru_stime))
  }

  /// What was measured on.
  static func machine(_ kernel: ProductKernel, threads: Int) -> [String: Any] {
    [
      "cpu": MachineFacts.cpu, "cores": MachineFacts.cores, "kernel": kernel.description,
      "openblas_kernel": BLAS.kernel, "threads": threads, "commit": commit,
    ]
  }

  /// Tells a person of something that spoils a measurement.
  @Sendable static func warn(_ text: String) {
    FileHandle.standardError.write(Data("htnet-bench: \(text)\n".utf8))
  }

  private static var commit: String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["git", "describe", "--always", "--dirty"]
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return "unknown" }
    let text = String(
      decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    let name = text.trimmingCharacters(in: .whitespacesAndNewlines)
    return name.isEmpty ? "unknown" : name
  }

  /// Prints as JSON, or as one line a figure.
  static func show(_ figures: [String: Any], json: Bool) throws {
    let rounded = figures.mapValues(round)
    if json {
      let data = try JSONSerialization.data(
        withJSONObject: rounded, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
      print(String(decoding: data, as: UTF8.self))
      return
    }
    for (key, value) in rounded.sorted(by: { $0.key < $1.key }) {
      let name = key.padding(toLength: 28, withPad: " ", startingAt: 0)
      if let parts = value as? [String: Any] {
        print(
          name
            + parts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
            .joined(separator: ", "))
      } else {
        print(name + "\(value)")
      }
    }
  }

  /// Five significant digits.
  private static func round(_ value: Any) -> Any {
    if let parts = value as? [String: Any] { return parts.mapValues(round) }
    if let list = value as? [Any] { return list.map(round) }
    guard let number = value as? Double, number.isFinite else { return value }
    return Double(String(format: "%.5g", number)) ?? number
  }
}
