import Foundation
import XCTest

/// A test of the scripts in `cluster` without a scheduler, and with a program that ends as it is told.
class JobTestCase: CommandLineTestCase {
  static let cluster =
    ((#filePath as NSString).deletingLastPathComponent as NSString)
    .appendingPathComponent("../../../cluster")

  override func setUpWithError() throws {
    try super.setUpWithError()
    // `train` takes the next line of `statuses`: a status, and a file that it writes into the run before.
    // With `signal` it ends with 75 after SIGUSR1.
    try script(
      "htnet",
      #"""
      case $1 in
        --version) exit ;;
        report) echo "report of $2" && exit ;;
      esac
      echo "$*" >>trained
      read -r status file <statuses
      sed -i 1d statuses
      if [ -n "$file" ]; then
        mkdir -p "run/folds/$(wc -l <trained)"
        echo >"run/folds/$(wc -l <trained)/$file"
      fi
      if [ "$status" = signal ]; then
        trap 'exit 75' USR1
        echo >waiting
        while :; do sleep 0.02; done
      fi
      exit "$status"
      """#)
  }

  /// Writes an executable script of Bash.
  func script(_ name: String, _ text: String) throws {
    try write("#!/bin/bash\n" + text + "\n", to: name)
    XCTAssertEqual(chmod(path(name), 0o755), 0)
  }

  /// What the next jobs' program ends with.
  func prepare(_ statuses: [String]) throws {
    try write(statuses.map { $0 + "\n" }.joined(), to: "statuses")
    for name in ["trained", "queued", "waiting"] { unlink(path(name)) }
  }

  /// Lines of a file; none if there is no such file.
  func lines(_ name: String) -> [String] {
    let data = FileManager.default.contents(atPath: path(name)) ?? Data()
    return String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
  }

  /// The environment of a job.
  var variables: [String: String] { ["HTNET": path("htnet")] }
}
