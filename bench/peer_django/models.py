"""Our tables as Django sees them."""

from django.db import models


class Tenant(models.Model):
    id = models.UUIDField(primary_key=True)
    code = models.TextField()
    status = models.TextField()

    class Meta:
        managed = False
        db_table = "tenant"


class ConfigVersion(models.Model):
    pk = models.CompositePrimaryKey("tenant_id", "number")
    tenant_id = models.UUIDField()
    number = models.IntegerField()
    status = models.TextField()
    effective_from = models.DateField()
    sections = models.TextField()

    class Meta:
        managed = False
        db_table = "config_version"


class Account(models.Model):
    pk = models.CompositePrimaryKey("tenant_id", "id")
    tenant_id = models.UUIDField()
    id = models.UUIDField()
    name = models.TextField()
    person_id = models.UUIDField(null=True)
    status = models.TextField()
    is_authenticated = True

    class Meta:
        managed = False
        db_table = "account"


class Grant(models.Model):
    pk = models.CompositePrimaryKey("tenant_id", "account_id", "role", "area_code")
    tenant_id = models.UUIDField()
    account_id = models.UUIDField()
    role = models.TextField()
    area_code = models.TextField()
    until = models.DateTimeField(null=True)

    class Meta:
        managed = False
        db_table = "account_grant"


class Session(models.Model):
    pk = models.CompositePrimaryKey("tenant_id", "token_hash")
    tenant_id = models.UUIDField()
    token_hash = models.BinaryField()
    account_id = models.UUIDField()
    last_seen_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    account = models.ForeignObject(
        Account, models.DO_NOTHING, from_fields=["tenant_id", "account_id"], to_fields=["tenant_id", "id"]
    )

    class Meta:
        managed = False
        db_table = "session"


class Process(models.Model):
    pk = models.CompositePrimaryKey("tenant_id", "id")
    tenant_id = models.UUIDField()
    id = models.UUIDField()
    state = models.TextField()
    procedure = models.TextField()
    config_number = models.IntegerField()
    area_code = models.TextField()
    subject_id = models.UUIDField(null=True)
    parent_id = models.UUIDField(null=True)
    parent = models.ForeignObject(
        "self",
        models.DO_NOTHING,
        from_fields=["tenant_id", "parent_id"],
        to_fields=["tenant_id", "id"],
        null=True,
    )

    class Meta:
        managed = False
        db_table = "process"


class ProcessRecord(models.Model):
    pk = models.CompositePrimaryKey("tenant_id", "process_id", "seq", "position")
    tenant_id = models.UUIDField()
    process_id = models.UUIDField()
    seq = models.IntegerField()
    position = models.IntegerField()
    kind = models.TextField()
    body = models.BinaryField()

    class Meta:
        managed = False
        db_table = "process_record"


class HouseholdMember(models.Model):
    pk = models.CompositePrimaryKey("tenant_id", "household_id", "person_id")
    tenant_id = models.UUIDField()
    household_id = models.UUIDField()
    person_id = models.UUIDField()

    class Meta:
        managed = False
        db_table = "household_member"


class PanelSession(models.Model):
    pk = models.CompositePrimaryKey("tenant_id", "id")
    tenant_id = models.UUIDField()
    id = models.UUIDField()
    round_id = models.UUIDField()
    area_code = models.TextField()
    state = models.TextField()
    config = models.TextField()

    class Meta:
        managed = False
        db_table = "women_panel_session"


class PanelMember(models.Model):
    pk = models.CompositePrimaryKey("tenant_id", "session_id", "account_id")
    tenant_id = models.UUIDField()
    session_id = models.UUIDField()
    account_id = models.UUIDField()
    present = models.BooleanField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        managed = False
        db_table = "women_panel_member"


class PanelCase(models.Model):
    pk = models.CompositePrimaryKey("tenant_id", "session_id", "case_id")
    tenant_id = models.UUIDField()
    session_id = models.UUIDField()
    case_id = models.UUIDField()
    state = models.TextField()
    attempt = models.IntegerField()

    class Meta:
        managed = False
        db_table = "women_panel_case"


class Recusal(models.Model):
    pk = models.CompositePrimaryKey("tenant_id", "session_id", "case_id", "account_id")
    tenant_id = models.UUIDField()
    session_id = models.UUIDField()
    case_id = models.UUIDField()
    account_id = models.UUIDField()
    origin = models.TextField()

    class Meta:
        managed = False
        db_table = "women_panel_recusal"


class Voter(models.Model):
    pk = models.CompositePrimaryKey("tenant_id", "session_id", "case_id", "attempt", "account_id")
    tenant_id = models.UUIDField()
    session_id = models.UUIDField()
    case_id = models.UUIDField()
    attempt = models.IntegerField()
    account_id = models.UUIDField()
    voted_on = models.DateField()

    class Meta:
        managed = False
        db_table = "women_panel_voter"


class Ballot(models.Model):
    pk = models.CompositePrimaryKey("tenant_id", "id")
    tenant_id = models.UUIDField()
    id = models.UUIDField()
    session_id = models.UUIDField()
    case_id = models.UUIDField()
    attempt = models.IntegerField()
    sealed = models.BinaryField()

    class Meta:
        managed = False
        db_table = "women_panel_ballot"
