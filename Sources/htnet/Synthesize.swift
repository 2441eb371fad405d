import ArgumentParser
import Datasets
import Wording

struct Synthesize: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "synthesize",
    abstract: "Writes a made-up composite of the release's layout, to try things out.",
    discussion: """
      Flow patterns at eyes and mouth tell the three classes apart, under each subject's own noise; \
      three source datasets, uneven classes. The same arguments give the same bytes.

      Example:
        htnet synthesize --output data/synthetic --subjects 20
      """)

  @Option(name: .long, help: "The directory to make; it must be empty or not there.")
  var output: String

  @Option(name: .long, help: "Number of subjects.")
  var subjects = 12

  @Option(name: .long, help: "Clips of a subject, on average.")
  var clips = 6

  @Option(name: .long, help: "Seed of all randomness.")
  var seed: UInt64 = 1

  func run() throws {
    let dataset = try SyntheticDataset(subjects: subjects, clips: clips, seed: seed)
    let count = try dataset.write(to: output)
    print("\(output): \(counted(count, "clip")) of \(counted(subjects, "subject"))")
  }
}
