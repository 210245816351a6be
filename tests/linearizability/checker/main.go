// Command checker reads histories of calls, one JSON object a line on stdin, and tells whether each is linearizable per
// technician. Its last line on stdout is one JSON object with the counts; it exits with 1 when a history is not
// linearizable or could not be decided in time.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"sort"
	"time"

	"github.com/anishathalye/porcupine"
)

// decideWithin bounds the search through the orders of one history.
const decideWithin = 5 * time.Minute

// maxLineBytes bounds one call as text.
const maxLineBytes = 1 << 20

// figures are the counts told at the end.
type figures struct {
	Histories  int `json:"histories"`
	Operations int `json:"operations"`
	Unknown    int `json:"unknown_outcomes"`
	Violations int `json:"violations"`
	Undecided  int `json:"undecided"`
}

func main() {
	histories, err := read()
	if err != nil {
		fmt.Fprintln(os.Stderr, "checker:", err)
		os.Exit(2)
	}
	told := judge(histories)
	line, _ := json.Marshal(told)
	fmt.Println(string(line))
	if told.Violations+told.Undecided > 0 {
		os.Exit(1)
	}
}

// read gathers the calls of each history.
func read() (map[int][]call, error) {
	histories := map[int][]call{}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, maxLineBytes)
	for lines.Scan() {
		var one call
		if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
			return nil, fmt.Errorf("no call: %s: %w", lines.Text(), err)
		}
		histories[one.History] = append(histories[one.History], one)
	}
	return histories, lines.Err()
}

// judge checks every history, in the order of their numbers.
func judge(histories map[int][]call) figures {
	told := figures{Histories: len(histories)}
	numbers := make([]int, 0, len(histories))
	for number := range histories {
		numbers = append(numbers, number)
	}
	sort.Ints(numbers)
	for _, number := range numbers {
		operations := make([]porcupine.Operation, 0, len(histories[number]))
		for _, one := range histories[number] {
			told.Operations++
			if one.Answer == unknown {
				told.Unknown++
			}
			operations = append(operations, one.operation())
		}
		switch porcupine.CheckOperationsTimeout(timeline(), operations, decideWithin) {
		case porcupine.Illegal:
			told.Violations++
			fmt.Fprintf(os.Stderr, "history %d is not linearizable\n", number)
		case porcupine.Unknown:
			told.Undecided++
			fmt.Fprintf(os.Stderr, "history %d was not decided within %s\n", number, decideWithin)
		}
	}
	return told
}
