/* SPDX-License-Identifier: MIT */
/* Records of the parts of a run: which belong together, and what the whole is. */
#include "report_fixture.h"

#include "report/merge.h"
#include "report/model.h"

static record *part(int index, int of, int cases, const char *target, const char *ids) {
    record *rec = calloc(1, sizeof *rec);
    assert_non_null(rec);
    rec->header = json_pack("{s:s,s:i,s:s,s:s,s:s,s:s,s:s,s:{s:s,s:i},s:{s:i,s:i,s:i},s:{s:s},s:{s:{}}}",
                            "type", "header", "format", 1, "version", "1", "judges", "server", "seed", "1",
                            "pacing", "whole", "started", index == 2 ? "2026-01-01" : "2026-01-02",
                            "catalogue", "version", "abc", "cases", 2, "shard", "index", index, "of", of,
                            "cases", cases, "target", "url", target, "requirements", ids);
    assert_non_null(rec->header);
    rec->cases = json_array();
    for (; *ids; ids++) {
        char id[] = "a/?";
        id[2] = *ids;
        json_array_append_new(rec->cases,
                              json_pack("{s:s,s:s}", "id", id, "verdict", *ids == 'x' ? "fail" : "pass"));
    }
    rec->footer = json_pack("{s:s,s:b,s:b,s:i,s:i}", "type", "footer", "complete", 1, "alive", 1, "exit_code",
                            0, "duration_ms", index * 10);
    return rec;
}

static void check_ids(const record *rec, const char *ids) {
    assert_int_equal(json_array_size(rec->cases), strlen(ids));
    for (size_t i = 0; ids[i]; i++)
        assert_int_equal(json_text(json_array_get(rec->cases, i), "id")[2], ids[i]);
}

static record *merge(record *const *parts, size_t num) {
    char why[100];
    record *whole = record_merge((const record *const *)parts, num, why, sizeof why);
    if (!whole) fail_msg("%s", why);
    return whole;
}

/* In the order of the run that was split, however they are named. */
static void whole(void **state) {
    (void)state;
    record *parts[] = {part(3, 3, 7, "ws://a/", "37"), part(1, 3, 7, "ws://a/", "1x9"),
                       part(2, 3, 7, "ws://a/", "25")};
    json_object_set_new(parts[1]->footer, "exit_code", json_integer(1));
    record *all = merge(parts, 3);
    check_ids(all, "123x579");
    assert_null(json_map(all->header, "shard"));
    assert_int_equal(json_int(json_map(all->header, "catalogue"), "cases"), 7);
    assert_int_equal(json_object_size(json_map(all->header, "requirements")), 3);
    assert_string_equal(json_text(all->header, "started"), "2026-01-01");
    assert_true(json_flag(all->footer, "complete"));
    assert_true(json_flag(all->footer, "alive"));
    assert_int_equal(json_int(all->footer, "planned"), 7);
    assert_int_equal(json_int(all->footer, "total"), 7);
    assert_int_equal(json_int(all->footer, "duration_ms"), 30);
    assert_int_equal(json_int(all->footer, "exit_code"), 1);
    assert_int_equal(json_int(json_map(all->footer, "totals"), "fail"), 1);
    digest *d = digest_new(all);
    assert_false(d->incomplete);
    digest_free(d);
    for (size_t i = 0; i < 3; i++) record_free(parts[i]);
    check_all(all); /* what it shares with the parts is still there */
    record_free(all);
}

/* A part that is missing, was cut short or is incomplete makes the whole incomplete, and a dead target dead.
 */
static void incomplete(void **state) {
    (void)state;
    record *first = part(1, 2, 4, "ws://a/", "13"), *second = part(2, 2, 4, "ws://a/", "24");
    for (int how = 0; how < 4; how++) {
        record *parts[] = {first, second};
        json_t *footer = second->footer;
        if (how == 1) second->footer = NULL;
        if (how == 2) json_object_set_new(second->footer, "complete", json_false());
        if (how == 3) json_object_set_new(second->footer, "alive", json_false());
        record *all = merge(parts, how == 0 ? 1 : 2);
        check_ids(all, how == 0 ? "13" : "1234");
        digest *d = digest_new(all);
        assert_int_equal(d->incomplete, how < 3);
        digest_free(d);
        if (how < 2) assert_int_equal(json_int(all->footer, "exit_code"), 3);
        if (how == 3) assert_true(json_is_false(json_object_get(all->footer, "alive")));
        record_free(all);
        second->footer = footer;
        json_object_set_new(second->footer, "complete", json_true());
    }
    record_free(first);
    record_free(second);
}

static void belonging(void **state) {
    (void)state;
    record *a = part(1, 2, 4, "ws://a/", "13"), *b = part(2, 2, 4, "ws://a/", "24"),
           *c = part(2, 2, 4, "ws://b/", "24"), *d = part(2, 3, 4, "ws://a/", "24"),
           *e = part(2, 2, 5, "ws://a/", "24");
    assert_true(record_same_whole(a, b));
    assert_false(record_same_whole(a, c));
    assert_false(record_same_whole(a, d));
    assert_false(record_same_whole(a, e));
    /* A name counts more than the address, which is another one in each job. */
    record *named[] = {a, c};
    for (size_t i = 0; i < 2; i++)
        json_object_set_new(json_object_get(named[i]->header, "target"), "name", json_string("mine"));
    assert_true(record_same_whole(a, c));
    assert_false(record_same_whole(a, b));
    char why[100];
    record *twice[] = {a, c, c};
    assert_null(record_merge((const record *const *)twice, 3, why, sizeof why));
    assert_string_equal(why, "shard 2 of 2 is there twice");
    static const int wrong[][2] = {{0, 2}, {3, 2}, {-1, 2}, {1, 0}, {1, 100000}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        json_object_set_new(a->header, "shard",
                            json_pack("{s:i,s:i}", "index", wrong[i][0], "of", wrong[i][1]));
        assert_false(record_is_shard(a));
    }
    json_object_del(a->header, "shard");
    assert_false(record_is_shard(a));
    record_free(a);
    record_free(b);
    record_free(c);
    record_free(d);
    record_free(e);
}

/* What the gates found is summed up. */
static void gates(void **state) {
    (void)state;
    record *parts[] = {part(1, 2, 4, "ws://a/", "13"), part(2, 2, 4, "ws://a/", "24")};
    for (int i = 0; i < 2; i++) {
        json_object_set_new(parts[i]->header, "gate",
                            json_pack("{s:[s],s:s}", "fail_on", "fail", "baseline", "b.json"));
        json_object_set_new(parts[i]->footer, "gate",
                            json_pack("{s:i,s:i,s:i,s:[s],s:[]}", "red", i + 1, "expected", 5, "unexpected",
                                      i, "stale", "gone/x", "short"));
    }
    record *all = merge(parts, 2);
    json_t *sum = json_object_get(all->footer, "gate"),
           *wanted = json_pack("{s:i,s:i,s:i,s:[s],s:[]}", "red", 3, "expected", 10, "unexpected", 1, "stale",
                               "gone/x", "short");
    assert_true(json_equal(sum, wanted));
    json_decref(wanted);
    record_free(all);
    record_free(parts[0]);
    record_free(parts[1]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole),
        cmocka_unit_test(incomplete),
        cmocka_unit_test(belonging),
        cmocka_unit_test(gates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
