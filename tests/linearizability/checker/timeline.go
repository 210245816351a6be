package main

import (
	"fmt"
	"hash/fnv"
	"math"
	"sort"
	"strings"

	"github.com/anishathalye/porcupine"
)

// What a caller was told. A call whose outcome is unknown may have taken effect at any time after it began, or never.
const (
	placed     = "placed"
	unassigned = "unassigned"
	done       = "done"
	refused    = "refused"
	unknown    = "unknown"
)

// call is one call as it was recorded, repeats under the same request_id included: it lasts from the first try to the
// last answer.
type call struct {
	History    int      `json:"history"`
	Client     int      `json:"client"`
	Technician string   `json:"technician"`
	Kind       string   `json:"kind"`
	Key        string   `json:"key"`
	StartS     int64    `json:"start_s"`
	DurationS  int64    `json:"duration_s"`
	CallNs     int64    `json:"call_ns"`
	ReturnNs   int64    `json:"return_ns"`
	Answer     string   `json:"answer"`
	Visits     []string `json:"visits"`
}

// operation turns a call into what porcupine orders.
func (one call) operation() porcupine.Operation {
	end := one.ReturnNs
	if one.Answer == unknown {
		end = math.MaxInt64
	}
	return porcupine.Operation{ClientId: one.Client, Input: one, Output: one, Call: one.CallNs, Return: end}
}

// promise is one visit that only this technician may take, at a start that cannot be moved.
type promise struct {
	key        string
	startS     int64
	endS       int64
	isPlaced   bool
	isAccepted bool
	// isOver says that it is cancelled, or declined: it never gets a place again.
	isOver bool
	// isCancelled says that cancelling it again is no news.
	isCancelled bool
}

// day is what a technician's timeline is at one moment. It is never changed: every step makes a new one.
type day struct {
	isOffline bool
	promises  []promise
}

// timeline is the sequential specification of one technician: a set of promises [start, end) of which no two that are
// placed overlap. Nothing but these calls changes it, because no time passes and no visit may go to anybody else. When a
// call makes room, visits that wait may take it; which ones is the planner's business, so every choice is a possible next
// state.
func timeline() porcupine.Model {
	model := porcupine.NondeterministicModel{
		Partition: byTechnician,
		Init:      func() []interface{} { return []interface{}{day{}} },
		Step: func(state, input, _ interface{}) []interface{} {
			return step(state.(day), input.(call))
		},
		Hash:              func(state interface{}) uint64 { return state.(day).hash() },
		Equal:             func(a, b interface{}) bool { return a.(day).text() == b.(day).text() },
		DescribeOperation: func(input, _ interface{}) string { return describe(input.(call)) },
		DescribeState:     func(state interface{}) string { return state.(day).text() },
	}
	return model.ToModel()
}

// byTechnician splits a history: technicians share nothing.
func byTechnician(history []porcupine.Operation) [][]porcupine.Operation {
	parts := map[string][]porcupine.Operation{}
	for _, one := range history {
		technician := one.Input.(call).Technician
		parts[technician] = append(parts[technician], one)
	}
	split := make([][]porcupine.Operation, 0, len(parts))
	for _, part := range parts {
		split = append(split, part)
	}
	return split
}

// step lists the states that a call may leave, none when it cannot have had its answer in this one.
func step(now day, one call) []interface{} {
	switch one.Kind {
	case "book":
		return book(now, one)
	case "cancel":
		return cancel(now, one)
	case "accept":
		return accept(now, one)
	case "decline":
		return decline(now, one)
	case "assign":
		return assign(now, one)
	case "unassign":
		return unassign(now, one)
	case "offline":
		return only(one.Answer == unknown || one.tells(now.placed()), now.sentHome())
	case "available":
		return filled(one.told(done), day{isOffline: false, promises: now.promises})
	case "read":
		return only(one.tells(now.placed()), now)
	}
	panic("unknown kind of call: " + one.Kind)
}

// book places a visit where it fits and keeps it without a place where it does not.
func book(now day, one call) []interface{} {
	asked := promise{key: one.Key, startS: one.StartS, endS: one.StartS + one.DurationS}
	answer := unassigned
	if !now.isOffline && now.isFree(asked) {
		asked.isPlaced, answer = true, placed
	}
	return only(one.told(answer), now.with(asked))
}

// cancel ends a visit for good and makes room; again it changes nothing, and what was never booked is refused.
func cancel(now day, one call) []interface{} {
	found, is := now.find(one.Key)
	if !is {
		return only(one.told(refused), now)
	}
	if found.isCancelled {
		return only(one.told(done), now)
	}
	found.isPlaced, found.isAccepted, found.isOver, found.isCancelled = false, false, true, true
	return filled(one.told(done), now.with(found))
}

// accept takes one step of a placed visit that is not accepted yet; anything else is refused.
func accept(now day, one call) []interface{} {
	found, is := now.find(one.Key)
	if !is || !found.isPlaced || found.isAccepted {
		return only(one.told(refused), now)
	}
	found.isAccepted = true
	return only(one.told(done), now.with(found))
}

// decline takes a placed visit off the timeline for good and makes room.
func decline(now day, one call) []interface{} {
	found, is := now.find(one.Key)
	if !is || !found.isPlaced {
		return only(one.told(refused), now)
	}
	found.isPlaced, found.isAccepted, found.isOver = false, false, true
	return filled(one.told(done), now.with(found))
}

// assign gives a waiting visit its place where that is free; what has its place keeps it, accepted or to be accepted anew.
func assign(now day, one call) []interface{} {
	found, is := now.find(one.Key)
	if !is || found.isOver || (!found.isPlaced && (now.isOffline || !now.isFree(found))) {
		return only(one.told(refused), now)
	}
	kept := found
	found.isPlaced, found.isAccepted = true, false
	if !kept.isPlaced || !one.told(done) {
		return only(one.told(done), now.with(found))
	}
	return []interface{}{now, now.with(found)}
}

// unassign takes a placed visit off the timeline, to wait, and makes room for others.
func unassign(now day, one call) []interface{} {
	found, is := now.find(one.Key)
	if !is || !found.isPlaced {
		return only(one.told(refused), now)
	}
	found.isPlaced, found.isAccepted, found.isOver = false, false, true
	var states []interface{}
	for _, state := range filled(one.told(done), now.with(found)) {
		waiting := found
		waiting.isOver = false
		states = append(states, state.(day).with(waiting))
	}
	return states
}

// only is the one next state of a call that may have had its answer.
func only(isPossible bool, next day) []interface{} {
	if !isPossible {
		return nil
	}
	return []interface{}{next}
}

// filled lists the next states of a call that has made room: each choice of waiting visits that fit together.
func filled(isPossible bool, next day) []interface{} {
	if !isPossible {
		return nil
	}
	states := []day{next}
	for _, waiting := range next.promises {
		if waiting.isPlaced || waiting.isOver || next.isOffline {
			continue
		}
		for _, state := range states {
			if state.isFree(waiting) {
				taken := waiting
				taken.isPlaced = true
				states = append(states, state.with(taken))
			}
		}
	}
	listed := make([]interface{}, 0, len(states))
	for _, state := range states {
		listed = append(listed, state)
	}
	return listed
}

// told tells whether the caller was told this, or nothing.
func (one call) told(answer string) bool {
	return one.Answer == answer || one.Answer == unknown
}

// tells tells whether the visits in an answer are these.
func (one call) tells(visits []string) bool {
	given := append([]string(nil), one.Visits...)
	sort.Strings(given)
	return strings.Join(given, " ") == strings.Join(visits, " ")
}

// isFree tells whether no placed promise overlaps this one.
func (now day) isFree(asked promise) bool {
	for _, kept := range now.promises {
		if kept.isPlaced && kept.startS < asked.endS && asked.startS < kept.endS {
			return false
		}
	}
	return true
}

// find returns the promise of a key.
func (now day) find(key string) (promise, bool) {
	for _, kept := range now.promises {
		if kept.key == key {
			return kept, true
		}
	}
	return promise{}, false
}

// with returns the day with a promise added or replaced, in the order of keys.
func (now day) with(added promise) day {
	next := now.without(added.key)
	next.promises = append(next.promises, added)
	sort.Slice(next.promises, func(a, b int) bool { return next.promises[a].key < next.promises[b].key })
	return next
}

// without returns the day without the promise of a key.
func (now day) without(key string) day {
	next := day{isOffline: now.isOffline, promises: make([]promise, 0, len(now.promises)+1)}
	for _, kept := range now.promises {
		if kept.key != key {
			next.promises = append(next.promises, kept)
		}
	}
	return next
}

// sentHome returns the day of a technician who has gone offline: nothing is placed any more.
func (now day) sentHome() day {
	next := day{isOffline: true, promises: make([]promise, 0, len(now.promises))}
	for _, kept := range now.promises {
		kept.isPlaced, kept.isAccepted = false, false
		next.promises = append(next.promises, kept)
	}
	return next
}

// placed lists the keys of what is placed, in order.
func (now day) placed() []string {
	var keys []string
	for _, kept := range now.promises {
		if kept.isPlaced {
			keys = append(keys, kept.key)
		}
	}
	return keys
}

// text writes a day so that equal days are written alike.
func (now day) text() string {
	return fmt.Sprintf("%t %v", now.isOffline, now.promises)
}

// hash is alike for equal days.
func (now day) hash() uint64 {
	sum := fnv.New64a()
	_, _ = sum.Write([]byte(now.text()))
	return sum.Sum64()
}

// describe writes a call for people.
func describe(one call) string {
	return fmt.Sprintf("%s %s@%d -> %s %v", one.Kind, one.Key, one.StartS, one.Answer, one.Visits)
}
