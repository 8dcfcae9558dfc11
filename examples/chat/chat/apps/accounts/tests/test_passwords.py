from ..passwords import NOBODY, hash_password, matches


def test_a_hash_matches_its_password_alone() -> None:
    hashed = hash_password("wörd: $ecret")
    assert matches("wörd: $ecret", hashed)
    assert not matches("wörd: $ecret ", hashed)


def test_a_hash_has_a_salt_of_its_own_and_does_not_hold_the_password() -> None:
    hashed = hash_password("secret")
    assert hashed != hash_password("secret")
    assert "secret" not in hashed


def test_nobodys_hash_is_like_the_others_and_matches_nothing() -> None:
    assert not matches("", NOBODY)
    assert NOBODY.split("$")[:3] == hash_password("secret").split("$")[:3]
